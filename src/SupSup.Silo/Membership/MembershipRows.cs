namespace SupSup.Silo.Membership;

/// <summary>
/// The membership table as a silo watches it: its own row, and the rows that are to be written again where a table was emptied, deleted
/// or went back in time. Orleans itself goes on with the table that it remembers, and silos that start on the new one would make another
/// cluster.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="self">The silo.</param>
/// <param name="clock">The silo's clock.</param>
internal sealed class MembershipRows(IMembershipTable table, ILocalSiloDetails self, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.2);

    private Dictionary<SiloAddress, MembershipEntry> _known = [];
    private int _version;

    /// <summary>Reads the table; one that is gone is made again, empty.</summary>
    public async Task<MembershipTableData> ReadAsync(CancellationToken cancellationToken)
    {
        MembershipTableData read;
        try
        {
            read = await AllAsync(cancellationToken);
        }
#pragma warning disable CA1031 // Each kind of table says in other ways that it is gone; one that cannot be reached cannot be made either.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            await table.InitializeMembershipTableAsync(true, cancellationToken).WaitAsync(cancellationToken);
            read = await AllAsync(cancellationToken);
        }

        // Not from a table that went back, or that others are writing again.
        if (read.TryGet(self.SiloAddress) is not null && read.Version.Version >= _version)
            (_known, _version) = (read.Members.ToDictionary(row => row.Item1.SiloAddress, row => row.Item1), read.Version.Version);
        return read;
    }

    /// <summary>
    /// Writes the rows again that a table has lost, and brings its version past what silos remember: they take no notice of an older one,
    /// and end where a newer one has no row of theirs. So the version comes last.
    /// </summary>
    /// <param name="view">The cluster as this silo, which is active, remembers it.</param>
    /// <param name="patience">For how long to wait for silos whose rows only they themselves know to write them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many rows were written.</returns>
    public async Task<int> RestoreAsync(ClusterMembershipSnapshot view, TimeSpan patience, CancellationToken cancellationToken)
    {
        (int written, bool isStepwise, long start) = (0, false, clock.GetTimestamp());
        Dictionary<SiloAddress, MembershipEntry> known = new(_known) { [self.SiloAddress] = Own() };
        while (true)
        {
            MembershipTableData now = await AllAsync(cancellationToken);
            ClusterMember[] missing = [.. view.Members.Values.Where(member => IsLiving(member.Status) && now.Members.All(
                row => !row.Item1.SiloAddress.Equals(member.SiloAddress) && !row.Item1.SiloAddress.IsSuccessorOf(member.SiloAddress)))];
            if (missing.FirstOrDefault(member => known.ContainsKey(member.SiloAddress)) is { } lost)
            {
                MembershipEntry row = known[lost.SiloAddress];
                if (row.Status != SiloStatus.Dead) row.Status = lost.Status;
                if (await table.InsertRowAsync(row, now.Version.Next(), cancellationToken)) written++;
            }
            else if (missing.Length > 0 && clock.GetElapsedTime(start) < patience)
            {
                await Task.Delay(Pause, clock, cancellationToken);
            }
            else if (now.TryGet(self.SiloAddress) is not { Item1.Status: not SiloStatus.Dead } own)
            {
                return written; // declared dead, or another has its place
            }
            else if (own.Item1.Status != SiloStatus.Active)
            {
                // Another silo wrote the row, and had not heard yet.
                own.Item1.Status = SiloStatus.Active;
                if (await table.UpdateRowAsync(own.Item1, own.Item2, now.Version.Next(), cancellationToken)) written++;
            }
            else if (now.Version.Version > view.Version.Value)
            {
                return written;
            }
            else
            {
                // A table of Azure takes any version, Redis the next one only.
                TableVersion next = isStepwise ? now.Version.Next() : new((int)view.Version.Value + 1, now.Version.VersionEtag);
                if (!await table.UpdateRowAsync(own.Item1, own.Item2, next, cancellationToken))
                    isStepwise |= (await AllAsync(cancellationToken)).Version.Version == now.Version.Version;
            }
        }
    }

    /// <summary>Whether a silo of this status is, or may still be, a part of the cluster.</summary>
    public static bool IsLiving(SiloStatus status) =>
        status is SiloStatus.Joining or SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping;

    // The client of Redis waits in its own time.
    private Task<MembershipTableData> AllAsync(CancellationToken cancellationToken) =>
        table.ReadAllAsync(cancellationToken).WaitAsync(cancellationToken);

    private MembershipEntry Own() => new()
    {
        SiloAddress = self.SiloAddress,
        SiloName = self.Name,
        HostName = self.DnsHostName,
        ProxyPort = self.GatewayAddress?.Endpoint.Port ?? 0,
        Status = SiloStatus.Active,
        StartTime = clock.GetUtcNow().UtcDateTime,
        IAmAliveTime = clock.GetUtcNow().UtcDateTime,
        SuspectTimes = [],
    };
}
