using System.Collections.Concurrent;
using System.Diagnostics;

namespace SupSup.TestHosts;

/// <summary>Starts child processes that the kernel kills when this process ends, however it ends.</summary>
/// <remarks>
/// The kernel's signal comes when the thread ends that started the child, so one thread starts them all and lives as
/// long as the process. Linux only.
/// </remarks>
internal sealed class ChildStarter
{
    private readonly BlockingCollection<Action> _starts = [];

    private ChildStarter() =>
        new Thread(() =>
        {
            foreach (Action start in _starts.GetConsumingEnumerable()) start();
        })
        { IsBackground = true, Name = nameof(ChildStarter) }.Start();

    /// <summary>The one of this process.</summary>
    public static ChildStarter Instance { get; } = new();

    /// <summary>Starts a child, its output redirected.</summary>
    public Task<Process> StartAsync(string command, IEnumerable<string> arguments)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        var info = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", command, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _starts.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(info)!);
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });
        return started.Task;
    }
}
