using SupSup.LocalCluster;
using SupSup.Storage.Tests.AzureBlobs;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>One Azurite for all tests that do not stop it; each test has a container of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-azurite-").FullName;
    private AzuriteServer? _server;

    public string ConnectionString => _server!.ConnectionString;

    public async ValueTask InitializeAsync() => _server = await AzuriteServer.StartNewAsync(_folder);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
