using System.Globalization;

namespace SupSup.LocalCluster;

/// <summary>The blob service of Azurite, Microsoft's emulator of Azure Storage, on loopback. Its data survive a stop, but not a kill: it
/// keeps its index in memory for seconds.</summary>
/// <param name="folder">Folder of its data and its log.</param>
/// <param name="port">Its port.</param>
public sealed class AzuriteServer(string folder, int port) : IAsyncDisposable
{
    /// <summary>The account's name, the same for every Azurite.</summary>
    public const string AccountName = "devstoreaccount1";

    /// <summary>The account's key, which is public: Azurite's documentation has it.</summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private ChildProcess? _process;

    public int Port => port;

    /// <summary>What clients connect with.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};BlobEndpoint=http://127.0.0.1:{port}/"
            + $"{AccountName};");

    /// <summary>Starts one on a port that is free.</summary>
    /// <param name="folder">Folder of its data and its log.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public static async Task<AzuriteServer> StartNewAsync(string folder, CancellationToken cancellationToken = default)
    {
        AzuriteServer server = new(folder, LoopbackPorts.Free(1)[0]);
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>Starts it, or starts it again on what it had stored.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string program = Programs.Find("azurite-blob") ?? throw new LocalClusterException(
            "missing azurite-blob: install it, e.g. 'npm install --global azurite', or name an account with --storage");

        // The storage SDK speaks a newer version of the API than Azurite knows by name.
        _process = await ChildProcess.StartAsync(
            "azurite", Path.Combine(folder, "azurite.log"), new Dictionary<string, string>(),
            program, "--location", folder, "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--skipApiVersionCheck", "--silent",
            "--disableTelemetry");
        await _process.ReadyAsync(token => LoopbackPorts.IsOpenAsync(port, token), TimeSpan.FromSeconds(60), cancellationToken);
    }

    /// <summary>Has it write what it has not written yet, and end.</summary>
    public Task StopAsync() => _process?.TerminateAsync(TimeSpan.FromSeconds(30)) ?? Task.CompletedTask;

    /// <summary>Halts it: connections stay, and nothing is answered until it is resumed.</summary>
    public void Pause() => _process?.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => _process?.Resume();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
