using SupSup.Grains;

namespace SupSup.Silo.Features;

/// <summary>Where grains keep their state: a local directory.</summary>
internal static class StorageFeature
{
    /// <summary>Adds the store.</summary>
    public static ISiloBuilder AddStorage(this ISiloBuilder silo, SiloSettings settings) =>
        silo.AddDirectoryGrainStorage(StorageNames.Provider, options => options.RootDirectory = settings.Store);
}
