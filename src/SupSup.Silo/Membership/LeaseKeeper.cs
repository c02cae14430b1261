using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;
using SupSup.Grains.Storage;
using SupSup.Silo.Health;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Membership;

/// <summary>
/// Holds the lease of the store for the cluster. A silo joins where the lease is its cluster's: where each silo that it names has a
/// row in the silo's membership table. Else it waits for the lease to end, and takes it. From then on all silos of the cluster watch
/// it, and whoever sees that it is due renews it.
/// </summary>
/// <remarks>
/// The table is the authority on who is a member of a cluster; the lease binds the store to one table, and to its successor where
/// a table was emptied. A silo proves that it is in by a lease that names it, or by its row: so it may lose sight of the store, or
/// of the table, for as long as it sees the other.
/// </remarks>
internal sealed partial class LeaseKeeper : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private const int ChecksPerLease = 5;
    private const int Shown = 3;

    // Of the silos that start together the first takes the lease, and the others see its row in the table soon after.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(2);

    private readonly SiloSettings _settings;
    private readonly IClusterMembershipService _members;
    private readonly SiloAddress _self;
    private readonly ClusterProof _proof;
    private readonly TimeProvider _clock;
    private readonly ILogger<LeaseKeeper> _logger;
    private readonly ClusterLease _lease;
    private readonly MembershipRows? _rows;
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;
    private Task _restoring = Task.CompletedTask;
    private volatile bool _isActive;
    private bool _isFailing;

    /// <summary>Made by the silo's service container.</summary>
    public LeaseKeeper(
        SiloSettings settings,
        [FromKeyedServices(StorageNames.Provider)] IGrainStorage storage,
        IMembershipTable table,
        IClusterMembershipService members,
        ILocalSiloDetails self,
        ClusterProof proof,
        TimeProvider clock,
        ILogger<LeaseKeeper> logger)
    {
        (_settings, _members, _self, _proof, _clock, _logger) = (settings, members, self.SiloAddress, proof, clock, logger);
        _lease = new ClusterLease(storage, clock);

        // A silo that is its own cluster has its table in its memory.
        if (settings.Membership.Kind != MembershipKind.Localhost) _rows = new MembershipRows(table, self, clock);
    }

    private TimeSpan Limit => TimeSpan.FromSeconds(_settings.Membership.LeaseSeconds);

    private TimeSpan Period => Limit / ChecksPerLease;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer)
    {
        // After the store and the table were opened, before the silo writes itself into the table.
        observer.Subscribe(nameof(LeaseKeeper), ServiceLifecycleStage.RuntimeGrainServices + 1, StartAsync, StopAsync);
        observer.Subscribe(
            nameof(LeaseKeeper),
            ServiceLifecycleStage.Active,
            _ => Task.FromResult(_isActive = true),
            _ => Task.FromResult(_isActive = false));
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.Run(() => TakeAsync(cancellationToken), cancellationToken);
        _proof.Require(Limit);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_watching, _restoring).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_lease.Held?.Silos.Contains(Name(_self)) != true || Living(_members.CurrentSnapshot).Any(silo => silo != Name(_self))) return;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReleaseLimit);
        try
        {
            if (await _lease.WriteAsync(Next([], 0), limit.Token)) LogReleased();
        }
#pragma warning disable CA1031 // One that cannot be released ends by itself.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    /// <summary>Waits until the lease is this cluster's.</summary>
    /// <exception cref="IOException">Another cluster keeps it.</exception>
    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        long start = _clock.GetTimestamp();
        string? told = null;
        while (true)
        {
            double waited = _clock.GetElapsedTime(start).TotalSeconds;
            MembershipTableData? table;
            try
            {
                await _lease.ReadAsync(cancellationToken);
                table = _rows is null ? null : await _rows.ReadAsync(cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException && waited < _settings.Membership.StartSeconds)
            {
                Tell(e);
                await Task.Delay(Pause, _clock, cancellationToken);
                continue;
            }

            LeaseState? held = _lease.Held;
            if (held is not null && table is not null && held.Silos.All(Rows(table, _ => true).Contains)) return;
            if (held is null || _lease.Unchanged.TotalSeconds >= held.Seconds)
            {
                // Itself, too: others that start know it by its row, which comes next.
                IEnumerable<string> silos = [Name(_self), .. table is null ? [] : Rows(table, MembershipRows.IsLiving)];
                if (!await _lease.WriteAsync(Next(silos, table?.Version.Version ?? 0), cancellationToken)) continue;
                if (held is not null) LogTaken(held.Cluster, held.Seconds);
                return;
            }

            string reason = $"the store belongs to another cluster: '{held.Cluster}' has its lease ({Some(held.Silos)}), and these silos "
                + $"are not in the membership table of this cluster, '{_settings.ClusterId}'";
            if (waited >= _settings.Membership.StartSeconds)
                throw new IOException(
                    $"{reason}; waited {_settings.Membership.StartSeconds} s for it to end (Membership:StartSeconds): stop that cluster, "
                        + "or give this one a store of its own (ServiceId or Storage:Container)");
            if (waited >= 1 && told != reason) // within a second it is a silo of this cluster that starts, too
            {
                _proof.Wait(told = reason);
                LogWaiting(reason);
            }

            await Task.Delay(Pause, _clock, cancellationToken);
        }
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(Period, _clock);
        try
        {
            do await CheckAsync();
            while (!_proof.Lost.IsCompleted && await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private async Task CheckAsync()
    {
        // In this order: what the table says is never older than what the silo remembers, unless the table went back.
        ClusterMembershipSnapshot view = _members.CurrentSnapshot;
        long start = _clock.GetTimestamp();
        Task<Exception?> reading = FailureAsync(_lease.ReadAsync, Period * 2);
        MembershipTableData? table = null;
        Exception? tableFailure = _rows is null ? null : await FailureAsync(async stop => table = await _rows.ReadAsync(stop), Period);
        Exception? leaseFailure = await reading;
        _stop.Token.ThrowIfCancellationRequested();
        Tell(leaseFailure ?? tableFailure);

        bool hasRow = _rows is null || (table is not null && Rows(table, MembershipRows.IsLiving).Contains(Name(_self)));
        if (hasRow) _proof.Confirm(start);
        if (leaseFailure is not null) return;

        LeaseState? held = _lease.Held;
        HashSet<string> known = [Name(_self), .. view.Members.Keys.Select(Name), .. table is null ? [] : Rows(table, _ => true)];
        if (held?.Silos.Any(known.Contains) == false)
        {
            _proof.Lose(
                $"the store belongs to another cluster now: '{held.Cluster}' took its lease ({Some(held.Silos)}) when no silo of this one "
                    + "renewed it; the silo ends, and may be started again");
            return;
        }

        bool isNamed = held?.Silos.Contains(Name(_self)) == true;
        if (isNamed && _lease.WrittenAfter is { } written) _proof.Confirm(written);
        if (table is not null && _isActive && !IsWhole(table, view) && _restoring.IsCompleted) _restoring = RestoreAsync(view);

        // A silo that neither the lease nor the table has may be dead to the others.
        bool isNewer = held is null || view.Version.Value >= held.Version;
        bool isDue = held is null || _lease.Unchanged >= Period || (isNewer && !isNamed);
        if (!isDue || !(isNamed || hasRow)) return;
        LeaseState next = isNewer ? Next(Living(view), view.Version.Value) : Next(held!.Silos, held.Version);
        bool isWritten = false;
        Tell(await FailureAsync(async stop => isWritten = await _lease.WriteAsync(next, stop), Period * 2) ?? tableFailure);
        if (isWritten && next.Silos.Contains(Name(_self))) _proof.Confirm(_lease.WrittenAfter!.Value);
    }

    private bool IsWhole(MembershipTableData table, ClusterMembershipSnapshot view) =>
        table.TryGet(_self)?.Item1.Status is SiloStatus.Active or SiloStatus.Dead && table.Version.Version >= view.Version.Value;

    private async Task RestoreAsync(ClusterMembershipSnapshot view)
    {
        int written = 0;
        Exception? failure = await FailureAsync(async stop => written = await _rows!.RestoreAsync(view, Period * 2, stop), Limit);
        if (failure is null) LogRestored(written);
        else LogNotRestored(OneLine(failure));
    }

    private LeaseState Next(IEnumerable<string> silos, long version) => new()
    {
        Cluster = _settings.ClusterId,
        Silos = [.. silos],
        Version = version,
        Seconds = _settings.Membership.LeaseSeconds,
    };

    private static IEnumerable<string> Living(ClusterMembershipSnapshot view) =>
        view.Members.Values.Where(member => MembershipRows.IsLiving(member.Status)).Select(member => Name(member.SiloAddress));

    private static IEnumerable<string> Rows(MembershipTableData table, Func<SiloStatus, bool> isAsked) =>
        table.Members.Where(row => isAsked(row.Item1.Status)).Select(row => Name(row.Item1.SiloAddress));

    private static string Name(SiloAddress silo) => silo.ToParsableString();

    private static string Some(List<string> silos) =>
        silos.Count <= Shown ? string.Join(", ", silos) : $"{string.Join(", ", silos.Take(Shown))} and {silos.Count - Shown} more";

    private static string OneLine(Exception failure) =>
        failure is OperationCanceledException ? "no answer in time" : failure.Message.ReplaceLineEndings(" ");

    private async Task<Exception?> FailureAsync(Func<CancellationToken, Task> action, TimeSpan limit)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        stop.CancelAfter(limit);
        try
        {
            await action(stop.Token);
            return null;
        }
#pragma warning disable CA1031 // Whatever keeps the silo from its proof: the next check tries again.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }
    }

    private void Tell(Exception? failure)
    {
        if (failure is not null && !_isFailing) LogFailing(OneLine(failure));
        _isFailing = failure is not null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo waits: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Took the lease of the store over from cluster '{Cluster}', which did not renew it for {Seconds} s")]
    private partial void LogTaken(string cluster, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Released the lease of the store: the last silo of the cluster stops")]
    private partial void LogReleased();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of the store or the membership table cannot be read: {Reason}")]
    private partial void LogFailing(string reason);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The membership table had lost rows, or was older than this silo's memory of it: {Rows} rows were written again")]
    private partial void LogRestored(int rows);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The membership table has lost rows, or is older than this silo's memory of it, and cannot be written: {Reason}")]
    private partial void LogNotRestored(string reason);
}
