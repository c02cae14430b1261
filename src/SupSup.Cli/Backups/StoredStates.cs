using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using SupSup.Grains.Catalog;
using SupSup.Storage;

namespace SupSup.Cli.Backups;

/// <summary>Reads what records say, as grains do.</summary>
internal sealed class StoredStates : IDisposable
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddSerializer(builder => builder.AddAssembly(typeof(CatalogState).Assembly)).BuildServiceProvider();

    /// <summary>The state that a payload holds.</summary>
    /// <param name="name">The record, for messages.</param>
    /// <param name="location">The store, for messages.</param>
    /// <param name="payload">What is stored.</param>
    /// <exception cref="DamagedGrainStateException">It is another thing.</exception>
    public T Read<T>(RecordName name, string location, byte[] payload)
    {
        try
        {
            return _services.GetRequiredService<Serializer>().Deserialize<T>(payload)!;
        }
        catch (Exception e)
        {
            throw new DamagedGrainStateException(
                "record", $"{name} of {location}", $"it does not deserialise as {typeof(T).Name} ({e.Message.ReplaceLineEndings(" ")})");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _services.Dispose();
}
