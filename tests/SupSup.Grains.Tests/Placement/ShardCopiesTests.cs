using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Placement;
using SupSup.Grains.Shards;

namespace SupSup.Grains.Tests.Placement;

public sealed class ShardCopiesTests
{
    private static readonly TimeSpan Looked = TimeSpan.FromSeconds(2);

    [Fact]
    public void Given_three_silos_of_which_one_is_lost_when_asked_then_there_are_two_copies_until_it_has_been_gone_for_long()
    {
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddDays(1));
        time.Advance(Looked);
        Members members = new(3);
        ShardCopies copies = Copies(members, time);
        Assert.Equal(2, copies.Number(1000));
        members.Number = 2;
        time.Advance(Looked);
        Assert.Equal(2, copies.Number(1000));
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(1, copies.Number(1000));
        members.Number = 1;
        time.Advance(Looked);
        Assert.True(copies.IsAlone);
        Assert.Equal(1, copies.Number(1000));
    }

    [Fact]
    public void Given_more_masks_than_half_of_the_memory_holds_twice_when_asked_then_there_is_one_copy()
    {
        ShardCopies copies = Copies(new Members(3), TimeProvider.System);
        Assert.Equal(2, copies.Number(1000));
        Assert.Equal(1, copies.Number(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes));
    }

    [Fact]
    public void Given_a_number_that_is_set_when_asked_then_it_holds_as_far_as_there_are_silos()
    {
        Assert.Equal(1, Copies(new Members(3), TimeProvider.System, 1).Number(1000));
        Assert.Equal(2, Copies(new Members(2), TimeProvider.System, 2).Number(1000));
        Assert.Equal(1, Copies(new Members(1), TimeProvider.System, 2).Number(1000));
    }

    [Fact]
    public void Given_other_silos_than_before_when_asked_then_the_others_are_those_that_are_there()
    {
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddDays(1));
        Members members = new(3);
        ShardCopies copies = Copies(members, time);
        Assert.Equal([Members.Address(1), Members.Address(2)], copies.Others);
        members.Number = 2;
        time.Advance(Looked);
        Assert.Equal([Members.Address(1)], copies.Others);
    }

    [Fact]
    public void Given_both_copies_on_one_silo_when_they_are_to_be_apart_then_the_second_goes_to_another_silo()
    {
        Members members = new(3);
        ShardMoves moves = new(members, new SpreadPlacementDirector(NoGpus(members)), TimeProvider.System);
        object first = new();
        SiloAddress? Apart(int index) => moves.Apart("m", index, GrainId.Create("shard", GrainKeys.Shard("m", index)));
        int second = ShardCopies.Index(7, 1);
        Assert.Null(Apart(second));
        moves.Arrived("m", 7, first);
        Assert.NotNull(Apart(second));
        Assert.NotEqual(members.SiloAddress, Apart(second));
        Assert.Null(Apart(7));
        Assert.Null(Apart(ShardCopies.Index(8, 1)));
        moves.Left("m", 7, new object());
        Assert.NotNull(Apart(second)); // it was another activation that left
        moves.Left("m", 7, first);
        Assert.Null(Apart(second));
        moves.Arrived("m", 7, first);
        members.Number = 1;
        Assert.Null(Apart(second));
    }

    private static GpuSilos NoGpus(Members members) =>
        new(new ServiceCollection().AddSingleton<ISiloStatusOracle>(members).BuildServiceProvider());

    private static ShardCopies Copies(Members members, TimeProvider time, int replicas = 0) => new(
        Options.Create(new ShardOptions { Replicas = replicas }),
        members,
        NoGpus(members),
        time);

    // Of a cluster only how many silos are active is looked at.
    private sealed class Members(int number) : ISiloStatusOracle
    {
        public int Number { get; set; } = number;

        public SiloStatus CurrentStatus => SiloStatus.Active;

        public string SiloName => "0";

        public SiloAddress SiloAddress => Address(0);

        public SiloStatus GetApproximateSiloStatus(SiloAddress siloAddress) => SiloStatus.Active;

        public Dictionary<SiloAddress, SiloStatus> GetApproximateSiloStatuses(bool onlyActive = false) =>
            Enumerable.Range(0, Number).ToDictionary(Address, _ => SiloStatus.Active);

        public SiloAddress[] GetActiveSilos() => [.. GetApproximateSiloStatuses().Keys];

        public bool TryGetSiloName(SiloAddress siloAddress, out string siloName) => throw new NotSupportedException();

        public bool IsFunctionalDirectory(SiloAddress siloAddress) => true;

        public bool IsDeadSilo(SiloAddress silo) => false;

        public bool SubscribeToSiloStatusEvents(ISiloStatusListener observer) => true;

        public bool UnSubscribeFromSiloStatusEvents(ISiloStatusListener observer) => true;

        public static SiloAddress Address(int n) => SiloAddress.New(System.Net.IPAddress.Loopback, 11111 + n, 1);
    }
}
