using SupSup.Storage;
using SupSup.Storage.AzureBlobs;

namespace Orleans.Hosting;

/// <summary>Registers <see cref="BlobGrainStorage"/> with a silo.</summary>
/// <remarks>The names differ from the official provider's, which stands behind it and has no guard.</remarks>
public static class BlobGrainStorageSiloBuilderExtensions
{
    /// <summary>Keeps the state of grains that name this provider in Azure Blobs.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name, as <c>[PersistentState]</c> gives it.</param>
    /// <param name="configure">Sets at least the connection string or the service's address.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddSupSupAzureBlobGrainStorage(
        this ISiloBuilder builder, string name, Action<BlobGrainStorageOptions> configure) =>
        GrainStorageRegistration.Add<BlobGrainStorage, BlobGrainStorageOptions, BlobGrainStorageOptionsValidator>(
            builder, name, configure);
}
