using System.Collections.Immutable;
using System.Net;
using SupSup.Silo.Membership;

namespace SupSup.Silo.Tests.Membership;

public sealed class MembershipRowsTests
{
    private const int Remembered = 40;

    private static readonly SiloAddress[] All = [.. Enumerable.Range(1, 4).Select(n => SiloAddress.New(IPAddress.Loopback, n, 1))];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool> Tables => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    // A silo ends that finds a table of a newer version without its row: so no such table may be seen at any time.
    [Theory, MemberData(nameof(Tables))]
    public async Task Given_an_emptied_table_when_silos_write_their_rows_again_then_the_version_passes_the_remembered_one_last(
        bool isStepwise, bool isGone)
    {
        ManualTable table = new(isStepwise);
        ClusterMembershipSnapshot view = View([.. All.Select(silo => (silo, silo == All[3] ? SiloStatus.Dead : SiloStatus.Active))]);
        foreach (SiloAddress silo in All) table.Rows[silo] = (view.GetSiloStatus(silo), 0);
        table.Version = Remembered;
        MembershipRows[] silos = [.. All[..3].Select(silo => Rows(table, silo))];
        foreach (MembershipRows silo in silos) await silo.ReadAsync(Stop);

        (table.Version, table.IsGone) = (isGone ? null : 0, isGone);
        table.Rows.Clear();
        table.Changed = () => Assert.True(table.Version <= Remembered || table.Rows.Count == 3, "a newer version without all rows");
        Assert.Empty((await silos[0].ReadAsync(Stop)).Members);
        int[] written = await Task.WhenAll(silos.Select(silo => silo.RestoreAsync(view, TimeSpan.Zero, Stop)));
        Assert.Equal(3, written.Sum());
        Assert.Equal(All[..3], table.Rows.Keys.Order());
        Assert.True(table.Version > Remembered);
        Assert.Equal(0, await silos[1].RestoreAsync(view, TimeSpan.Zero, Stop));
    }

    [Fact]
    public async Task Given_a_table_that_others_write_again_when_read_then_what_it_lacks_is_not_forgotten()
    {
        ManualTable table = new(isStepwise: true) { Version = Remembered };
        foreach (SiloAddress silo in All) table.Rows[silo] = (SiloStatus.Active, 0);
        MembershipRows rows = Rows(table, All[0]);
        await rows.ReadAsync(Stop);
        table.Version = 1;
        foreach (SiloAddress silo in All[1..]) table.Rows.Remove(silo);
        await rows.ReadAsync(Stop);
        Assert.Equal(
            3, await rows.RestoreAsync(View([.. All.Select(silo => (silo, SiloStatus.Active))]), TimeSpan.FromDays(1), Stop));
    }

    [Fact]
    public async Task Given_rows_of_before_a_silo_was_active_when_written_again_then_they_are_as_the_silos_are_now()
    {
        ManualTable table = new(isStepwise: true) { Version = Remembered };
        foreach (SiloAddress silo in All[..2]) table.Rows[silo] = (SiloStatus.Joining, 0);
        MembershipRows first = Rows(table, All[0]), second = Rows(table, All[1]);
        await first.ReadAsync(Stop);
        table.Version = 0;
        table.Rows.Clear();
        await first.RestoreAsync(View((All[0], SiloStatus.Active), (All[1], SiloStatus.Active)), TimeSpan.FromDays(1), Stop);
        Assert.Equal([SiloStatus.Active, SiloStatus.Active], table.Rows.Values.Select(row => row.Status));

        // One that another wrote as it was before is put right by the silo itself.
        table.Rows[All[1]] = (SiloStatus.Joining, 7);
        await second.RestoreAsync(View((All[1], SiloStatus.Active)), TimeSpan.Zero, Stop);
        Assert.Equal(SiloStatus.Active, table.Rows[All[1]].Status);
    }

    [Fact]
    public async Task Given_a_silo_that_started_again_in_its_place_when_rows_are_written_again_then_the_old_one_stays_away()
    {
        ManualTable table = new(isStepwise: true) { Version = Remembered };
        foreach (SiloAddress silo in All[..2]) table.Rows[silo] = (SiloStatus.Active, 0);
        MembershipRows rows = Rows(table, All[0]);
        await rows.ReadAsync(Stop);
        SiloAddress successor = SiloAddress.New(All[1].Endpoint, 2);
        table.Version = 1;
        table.Rows.Clear();
        table.Rows[successor] = (SiloStatus.Joining, 0);
        await rows.RestoreAsync(View((All[0], SiloStatus.Active), (All[1], SiloStatus.Active)), TimeSpan.FromDays(1), Stop);
        Assert.Equal([All[0], successor], table.Rows.Keys.Order());
    }

    private static MembershipRows Rows(ManualTable table, SiloAddress silo) => new(table, new Details(silo), TimeProvider.System);

    private static ClusterMembershipSnapshot View(params (SiloAddress Silo, SiloStatus Status)[] silos) => new(
        silos.ToImmutableDictionary(silo => silo.Silo, silo => new ClusterMember(silo.Silo, silo.Status, $"{silo.Silo}")),
        new MembershipVersion(Remembered));

    private sealed record Details(SiloAddress SiloAddress) : ILocalSiloDetails
    {
        public string Name => $"{SiloAddress}";

        public string ClusterId => "supsup";

        public string DnsHostName => "localhost";

        public SiloAddress GatewayAddress => SiloAddress;
    }

    /// <summary>A table in memory that, as Redis, takes the next version only, or, as Azure's, any.</summary>
    private sealed class ManualTable(bool isStepwise) : IMembershipTable
    {
        private readonly Lock _one = new();

        public Dictionary<SiloAddress, (SiloStatus Status, int ETag)> Rows { get; } = [];

        public int? Version { get; set; } = 0;

        public bool IsGone { get; set; }

        public Action Changed { get; set; } = () => { };

        public Task InitializeMembershipTable(bool tryInitTableVersion)
        {
            Version ??= 0;
            IsGone = false;
            return Task.CompletedTask;
        }

        public async Task<MembershipTableData> ReadAll()
        {
            if (IsGone) throw new KeyNotFoundException("no version row");
            MembershipTableData data;
            lock (_one)
            {
                data = new MembershipTableData(
                    [.. Rows.Select(row => Tuple.Create(
                        new MembershipEntry { SiloAddress = row.Key, Status = row.Value.Status }, $"{row.Value.ETag}"))],
                    new TableVersion(Version!.Value, $"{Version}"));
            }

            await Task.Yield(); // others come between
            return data;
        }

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion)
        {
            lock (_one) return Task.FromResult(!Rows.ContainsKey(entry.SiloAddress) && Put(entry, tableVersion));
        }

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
        {
            lock (_one)
            {
                bool isAsRead = Rows.TryGetValue(entry.SiloAddress, out (SiloStatus Status, int ETag) row) && $"{row.ETag}" == etag;
                return Task.FromResult(isAsRead && Put(entry, tableVersion));
            }
        }

        public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

        public Task<MembershipTableData> ReadRow(SiloAddress key) => throw new NotSupportedException();

        public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();

        private bool Put(MembershipEntry entry, TableVersion next)
        {
            if (isStepwise ? next.Version != Version + 1 : next.VersionEtag != $"{Version}") return false;
            Rows[entry.SiloAddress] = (entry.Status, next.Version);
            Version = next.Version;
            Changed();
            return true;
        }
    }
}
