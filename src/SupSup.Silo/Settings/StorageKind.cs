namespace SupSup.Silo.Settings;

/// <summary>Where grains keep their state.</summary>
public enum StorageKind
{
    /// <summary>In a local directory that one silo has to itself.</summary>
    Directory,

    /// <summary>In Azure Blob Storage, shared by all silos.</summary>
    Azure,
}
