using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using SupSup.Storage.Tests;

[assembly: AssemblyFixture(typeof(OrleansSerialization))]

namespace SupSup.Storage.Tests;

/// <summary>Orleans' serializer and activators as a silo has them, made once for all tests.</summary>
public sealed class OrleansSerialization : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public Serializer Serializer => _services.GetRequiredService<Serializer>();

    public IActivatorProvider Activators => _services.GetRequiredService<IActivatorProvider>();

    public IGrainStorageSerializer StorageSerializer => new OrleansGrainStorageSerializer(Serializer);

    public void Dispose() => _services.Dispose();
}
