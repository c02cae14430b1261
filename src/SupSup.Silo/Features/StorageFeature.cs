using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains.Storage;
using SupSup.Silo.Settings;
using SupSup.Storage;

namespace SupSup.Silo.Features;

/// <summary>Where grains keep their state: a local directory, or Azure Blobs.</summary>
internal static class StorageFeature
{
    /// <summary>Adds the store.</summary>
    public static ISiloBuilder AddStorage(this ISiloBuilder silo, SiloSettings settings)
    {
        StorageSettings storage = settings.Storage;
        silo.Services.AddSingleton(new StorageDamage(e => e is DamagedGrainStateException));
        return storage.Kind switch
        {
            StorageKind.Directory =>
                silo.AddDirectoryGrainStorage(StorageNames.Provider, options =>
                {
                    options.RootDirectory = storage.Directory;
                    options.RecordVersion = storage.RecordVersion;
                }),
            StorageKind.Azure =>
                silo.AddSupSupAzureBlobGrainStorage(StorageNames.Provider, options =>
                {
                    options.ConnectionString = storage.ConnectionString;
                    options.ServiceUri = storage.ServiceUri is { } uri ? new Uri(uri) : null;
                    options.ContainerName = storage.ContainerFor(settings.ServiceId)!;
                    options.StartTimeout = TimeSpan.FromSeconds(storage.StartSeconds);
                }),
            _ => throw new UnreachableException($"no provider for storage {storage.Kind}"),
        };
    }
}
