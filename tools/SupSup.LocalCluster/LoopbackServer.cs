namespace SupSup.LocalCluster;

/// <summary>A service on loopback whose data survive a stop.</summary>
/// <param name="folder">Folder of its data and its log.</param>
/// <param name="port">Its port.</param>
/// <param name="address">Another address of this machine for it to listen on.</param>
public abstract class LoopbackServer(string folder, int port, string address = LoopbackServer.Loopback) : IAsyncDisposable
{
    private protected const string Loopback = "127.0.0.1";

    private ChildProcess? _process;

    public int Port => port;

    /// <summary>The address that it listens on.</summary>
    public string Address => address;

    /// <summary>What clients connect with.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Its name, and the program with its arguments.</summary>
    private protected abstract (string Name, string[] Command) Program { get; }

    /// <summary>Starts it, or starts it again on what it had stored.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        (string name, string[] command) = Program;
        _process = await ChildProcess.StartAsync(name, Path.Combine(folder, $"{name}.log"), new Dictionary<string, string>(), command);
        await _process.ReadyAsync(token => LoopbackPorts.IsOpenAsync(address, port, token), TimeSpan.FromMinutes(5), cancellationToken);
    }

    /// <summary>Has it write what it has not written yet, and end.</summary>
    public Task StopAsync() => _process?.TerminateAsync(TimeSpan.FromSeconds(30)) ?? Task.CompletedTask;

    /// <summary>Halts it: connections stay, and nothing is answered until it is resumed.</summary>
    public void Pause() => _process?.Pause();

    /// <summary>Lets it go on.</summary>
    public void Resume() => _process?.Resume();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _process?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>The path of a program.</summary>
    /// <exception cref="LocalClusterException">It is not installed.</exception>
    private protected static string Find(string program, string remedy) =>
        Programs.Find(program) ?? throw new LocalClusterException($"missing {program}: install it, e.g. {remedy}");
}
