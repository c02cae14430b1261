using System.Text.RegularExpressions;

namespace SupSup.TestHosts;

/// <summary>
/// Azurite's blob service on a loopback port, its data in a folder. It ends with the process that started it.
/// </summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    private const string Script = "artifacts/tools/azurite/node_modules/azurite/dist/src/blob/main.js";

    private readonly string _folder;
    private ServerProcess? _process;

    private AzuriteServer(string folder) => _folder = folder;

    /// <summary>The account's name, the same for every Azurite.</summary>
    public const string AccountName = "devstoreaccount1";

    /// <summary>The account's key, which is public: Azurite's documentation has it.</summary>
    public const string AccountKey =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>The port it listens on; a restart keeps it.</summary>
    public int Port { get; private set; }

    /// <summary>How to reach it with the storage SDK.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};" +
        $"BlobEndpoint=http://127.0.0.1:{Port}/{AccountName};";

    /// <summary>Starts Azurite and waits until it listens.</summary>
    /// <param name="folder">Where its data lies; created when missing.</param>
    /// <param name="port">The port, or 0 for any free one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidOperationException">It is not installed, or did not start.</exception>
    public static async Task<AzuriteServer> StartAsync(
        string folder, int port = 0, CancellationToken cancellationToken = default)
    {
        var server = new AzuriteServer(folder) { Port = port };
        await server.StartAgainAsync(cancellationToken);
        return server;
    }

    /// <summary>Starts it anew after it was stopped, on the same folder and port.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is not null) throw new InvalidOperationException("Azurite is running");
        Directory.CreateDirectory(_folder);
        (_process, Match ready) = await ServerProcess.StartAsync(
            "node",
            [
                FindScript(), "--location", _folder, "--blobHost", "127.0.0.1", "--blobPort", $"{Port}",
                "--skipApiVersionCheck", "--silent", "--disableTelemetry",
            ],
            Listening,
            cancellationToken);
        Port = int.Parse(ready.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ends it and waits until it is gone.</summary>
    /// <param name="kill">Whether it is killed. Azurite saves its index every few seconds and when it is asked to end, so
    /// it then forgets the last of what it was given.</param>
    public async Task StopAsync(bool kill = false)
    {
        if (_process is null) return;
        await _process.StopAsync(kill);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Halts it: connections stay, and nothing is answered until <see cref="Resume"/>.</summary>
    public void Pause() => Running.Pause();

    /// <summary>Lets it go on after <see cref="Pause"/>.</summary>
    public void Resume() => Running.Resume();

    /// <summary>Kills it. The folder stays.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(kill: true);

    private ServerProcess Running => _process ?? throw new InvalidOperationException("Azurite is not running");

    private static string FindScript()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string script = Path.Combine(at.FullName, Script);
            if (File.Exists(script)) return script;
        }

        throw new InvalidOperationException($"{Script} is missing: ./test.sh installs it");
    }

    [GeneratedRegex(@"successfully listens on http://127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening { get; }
}
