using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains;
using SupSup.Grains.Storage;
using SupSup.Storage;

namespace SupSup.Silo.Features;

/// <summary>Where grains keep their state: a local directory.</summary>
internal static class StorageFeature
{
    /// <summary>Adds the store.</summary>
    public static ISiloBuilder AddStorage(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.Services.AddSingleton(new StorageDamage(e => e is DamagedGrainStateException));
        return silo.AddDirectoryGrainStorage(StorageNames.Provider, options => options.RootDirectory = settings.Store);
    }
}
