namespace SupSup.Silo.Settings;

/// <summary>Where silos learn of one another.</summary>
public enum MembershipKind
{
    /// <summary>Nowhere: this silo is the cluster.</summary>
    Localhost,

    /// <summary>A table in Redis.</summary>
    Redis,

    /// <summary>A table in Azure Table Storage.</summary>
    Azure,
}
