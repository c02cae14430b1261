using SupSup.Storage;
using SupSup.Storage.LocalDirectory;

namespace Orleans.Hosting;

/// <summary>Registers <see cref="DirectoryGrainStorage"/> with a silo.</summary>
public static class DirectoryGrainStorageSiloBuilderExtensions
{
    /// <summary>Keeps the state of grains that name this provider in a local directory.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The provider's name, as <c>[PersistentState]</c> gives it.</param>
    /// <param name="configure">Sets at least <see cref="DirectoryGrainStorageOptions.RootDirectory"/>.</param>
    /// <returns>The silo.</returns>
    public static ISiloBuilder AddDirectoryGrainStorage(
        this ISiloBuilder builder, string name, Action<DirectoryGrainStorageOptions> configure) =>
        GrainStorageRegistration.Add<DirectoryGrainStorage, DirectoryGrainStorageOptions, DirectoryGrainStorageOptionsValidator>(
            builder, name, configure);
}
