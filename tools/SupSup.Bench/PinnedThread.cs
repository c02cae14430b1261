using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace SupSup.Bench;

/// <summary>Runs work on a thread of its own that stays on one core.</summary>
internal static partial class PinnedThread
{
    /// <summary>Runs work and waits for it.</summary>
    /// <param name="core">The core; where the system does not allow it, the thread runs anywhere.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(int core, Func<T> work)
    {
        T? result = default;
        Join(Start(core, () => result = work()));
        return result!;
    }

    /// <summary>Runs the same work on several cores at once and waits for all.</summary>
    /// <param name="cores">How many cores.</param>
    /// <param name="work">Called on each thread with its number.</param>
    public static void RunAll(int cores, Action<int> work)
    {
        (Thread, Func<ExceptionDispatchInfo?>)[] threads = [.. Enumerable.Range(0, cores).Select(core => Start(core, () => work(core)))];
        foreach ((Thread, Func<ExceptionDispatchInfo?>) thread in threads) Join(thread);
    }

    private static (Thread Thread, Func<ExceptionDispatchInfo?> Failure) Start(int core, Action work)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Pin(core);
                work();
            }
#pragma warning disable CA1031 // Thrown again where the thread is waited for.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        return (thread, () => failure);
    }

    private static void Join((Thread Thread, Func<ExceptionDispatchInfo?> Failure) started)
    {
        started.Thread.Join();
        started.Failure()?.Throw();
    }

    private static void Pin(int core)
    {
        if (!OperatingSystem.IsLinux() || core >= 1024) return;
        byte[] set = new byte[128];
        set[core / 8] = (byte)(1 << (core % 8));
        _ = SetAffinity(0, (nuint)set.Length, set);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, byte[] set);
}
