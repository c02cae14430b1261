using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace SupSup.TestHosts;

/// <summary>One run of a server, from its first line to its exit.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    // A busy machine may take long to start a server; a server that will never start exits by itself.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    // Signal numbers of Linux on x86-64 and arm64.
    private const int Terminate = 15, Stop = 19, Continue = 18;

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Starts a server and waits for the line in which it says that it is ready.</summary>
    /// <returns>The running server and what the pattern found.</returns>
    /// <exception cref="InvalidOperationException">It exited, or said no such line in two minutes.</exception>
    public static async Task<(ServerProcess Server, Match Ready)> StartAsync(
        string command, IEnumerable<string> arguments, Regex ready, CancellationToken cancellationToken)
    {
        var server = new ServerProcess(await ChildStarter.Instance.StartAsync(command, arguments));
        try
        {
            return (server, await server.ReadyAsync(command, ready, cancellationToken));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the server and waits until it is gone.</summary>
    /// <param name="kill">Whether it gets no chance to save anything.</param>
    public async Task StopAsync(bool kill)
    {
        if (!_process.HasExited && !kill)
        {
            Signal(Terminate);
            using var timeout = new CancellationTokenSource(StopTimeout);
            await _process.WaitForExitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Whether the server has not ended.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>Sends SIGTERM and waits for nothing.</summary>
    public void AskToEnd() => Signal(Terminate);

    /// <summary>Waits until the server has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Halts the server as it is: it keeps its connections and answers nothing until it is resumed.</summary>
    public void Pause() => Signal(Stop);

    /// <summary>Lets a paused server go on.</summary>
    public void Resume() => Signal(Continue);

    public async ValueTask DisposeAsync()
    {
        await StopAsync(kill: true);
        _process.Dispose();
    }

    // The child is not reaped before this process object says that it has exited, so the number is still its own.
    private void Signal(int signal)
    {
        if (!_process.HasExited && Kill(_process.Id, signal) != 0) throw new Win32Exception();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private async Task<Match> ReadyAsync(string command, Regex ready, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StartTimeout);
        List<string> said = [];
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(timeout.Token))
            {
                said.Add(line);
                if (ready.Match(line) is { Success: true } match) return match;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            said.Add($"(nothing more in {StartTimeout.TotalSeconds} s)");
        }

        throw new InvalidOperationException($"{command} did not start: {string.Join('\n', said)}");
    }

    // A null line is the end of one of the two streams: the process is gone, or as good as.
    private void Take(string? line)
    {
        if (line is null) _lines.Writer.TryComplete();
        else _lines.Writer.TryWrite(line);
    }
}
