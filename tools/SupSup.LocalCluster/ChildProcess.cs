using System.Diagnostics;

namespace SupSup.LocalCluster;

/// <summary>A process that is started here, writes its output into a file, and does not outlive this process
/// however that ends. Linux only.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _exited;

    private ChildProcess(string name, string log, Process process, Task exited)
    {
        Name = name;
        Log = log;
        _process = process;
        _exited = exited;
    }

    /// <summary>What it is, for messages.</summary>
    public string Name { get; }

    /// <summary>The file that its output goes to.</summary>
    public string Log { get; }

    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _exited.IsCompleted;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Bytes of memory that it occupies; 0 once it has ended.</summary>
    public long MemoryBytes
    {
        get
        {
            if (HasExited) return 0;
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="log">The file that its output is added to.</param>
    /// <param name="environment">What is set in its environment beside this process's own.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <exception cref="LocalClusterException">It cannot be started.</exception>
    public static async Task<ChildProcess> StartAsync(
        string name, string log, IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        ProcessStartInfo start = new("setpriv") { RedirectStandardInput = true };
        foreach (string argument in (string[])["--pdeathsig", "KILL", "--", "/bin/sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", log, .. command])
            start.ArgumentList.Add(argument);
        foreach ((string key, string value) in environment) start.Environment[key] = value;

        // The kernel kills it when the thread that started it ends, so that thread stays as long as the process.
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            Process process;
            try
            {
                process = Process.Start(start)!;
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                started.SetException(new LocalClusterException($"cannot start {name}: setpriv of util-linux is needed ({e.Message})"));
                return;
            }

            started.SetResult(process);
            process.WaitForExit();
            exited.SetResult();
        })
        { IsBackground = true, Name = name }.Start();
        return new ChildProcess(name, log, await started.Task, exited.Task);
    }

    /// <summary>Waits until the program is ready.</summary>
    /// <param name="isReady">Tells whether it is; asked every few milliseconds.</param>
    /// <param name="timeout">For how long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LocalClusterException">It ended, or was not ready in time; the message has the end of its output.</exception>
    public async Task ReadyAsync(Func<CancellationToken, Task<bool>> isReady, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!await isReady(cancellationToken))
        {
            if (HasExited) throw new LocalClusterException($"{Name} ended with code {ExitCode}: {Tail()}");
            if (Stopwatch.GetElapsedTime(begin) > timeout)
                throw new LocalClusterException($"{Name} was not ready within {timeout.TotalSeconds:F0} s: {Tail()}");
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Halts it: its connections stay, and it answers nothing until it is resumed.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Waits until it has ended by itself.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task EndAsync(CancellationToken cancellationToken) => _exited.WaitAsync(cancellationToken);

    /// <summary>Ends it at once, as a crash or a power cut does.</summary>
    public Task KillAsync()
    {
        if (!HasExited) _process.Kill();
        return _exited;
    }

    /// <summary>Asks it to end (SIGTERM), as an orchestrator does, and waits until it has; kills it when that takes too long.</summary>
    /// <param name="patience">How long that may take.</param>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> TerminateAsync(TimeSpan patience)
    {
        if (HasExited) return true;
        Signal("TERM");
        if (await Task.WhenAny(_exited, Task.Delay(patience)) == _exited) return true;
        await KillAsync();
        return false;
    }

    /// <summary>Kills it, if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        kill.WaitForExit();
    }

    // The lines that a person would look at first.
    private string Tail()
    {
        const int Lines = 5;
        return File.Exists(Log) ? string.Join(" | ", File.ReadLines(Log).TakeLast(Lines)).Trim() : "it wrote nothing";
    }
}
