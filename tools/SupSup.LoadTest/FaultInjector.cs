using SupSup.LocalCluster;

namespace SupSup.LoadTest;

/// <summary>Kills silos in turn, each of which is started again at once; in between stops the storage for a
/// while, and restarts Redis.</summary>
internal sealed class FaultInjector(ClusterOnLoopback cluster, LoadOptions options, LoadClock clock, Action<string> say)
{
    /// <summary>How the fault of a killed silo ends.</summary>
    public const string Killed = "killed";

    private readonly List<LoadFault> _faults = [];

    /// <summary>What was injected.</summary>
    public IReadOnlyList<LoadFault> Faults => _faults;

    /// <summary>Injects faults and repairs what it broke: as many as were asked for, or else until the tasks are learned.</summary>
    /// <param name="learned">Cancelled when the tasks are learned.</param>
    /// <param name="stop">Ends it in any case.</param>
    public async Task RunAsync(CancellationToken learned, CancellationToken stop)
    {
        double next = clock.Seconds;
        CancellationToken end = options.Kills is null ? learned : stop;
        for (int round = 0; round < (options.Kills ?? int.MaxValue); round++)
        {
            try
            {
                // Where silos start slowly, the cluster still has half of the time between two faults to work in.
                next = Math.Max(next + options.KillEvery, clock.Seconds + (options.KillEvery / 2));
                await clock.UntilAsync(next, end);
                end.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException)
            {
                return;
            }

            SiloProcess silo = cluster.Silos[round % cluster.Silos.Count];
            await silo.KillAsync();
            Note($"{silo.Name} {Killed}"); // now that the process is gone
            await silo.StartAsync(CancellationToken.None);
            if (round == 1 && options.StorageOutage > 0 && cluster.Azurite is { } azurite)
            {
                Note($"storage stopped for {options.StorageOutage} s");
                await azurite.StopAsync();
                await Task.Delay(TimeSpan.FromSeconds(options.StorageOutage), CancellationToken.None);
                await azurite.StartAsync(CancellationToken.None);
            }

            if (round == 2 && options.RestartRedis && cluster.Redis is { } redis)
            {
                Note("redis restarted");
                await redis.StopAsync();
                await redis.StartAsync(CancellationToken.None);
            }
        }
    }

    private void Note(string what)
    {
        _faults.Add(new LoadFault(what, Math.Round(clock.Seconds, 3), null));
        say($"{clock.Seconds:F1} s: {what}");
    }
}
