using SupSup.Grains.Storage;
using SupSup.Silo.Membership;

namespace SupSup.Silo.Tests.Membership;

public sealed class ClusterLeaseTests
{
    private readonly OneRecord _store = new();
    private readonly ManualClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_two_silos_that_saw_the_same_lease_when_both_write_then_one_has_it()
    {
        ClusterLease first = new(_store, _clock), second = new(_store, _clock);
        await first.ReadAsync(Stop);
        await second.ReadAsync(Stop);
        Assert.Null(first.Held);
        Assert.True(await first.WriteAsync(Of("a"), Stop));
        Assert.False(await second.WriteAsync(Of("b"), Stop));
        Assert.True(await first.WriteAsync(Of("a"), Stop));
        Assert.False(await second.WriteAsync(Of("b"), Stop));
        await second.ReadAsync(Stop);
        Assert.Equal(["a"], second.Held!.Silos);
    }

    [Fact]
    public async Task Given_a_lease_that_another_writes_when_watched_then_its_age_is_told_by_the_watchers_clock_and_on_the_safe_side()
    {
        ClusterLease holder = new(_store, _clock), watcher = new(_store, _clock);
        await holder.ReadAsync(Stop);
        await holder.WriteAsync(Of("a"), Stop);
        _clock.Advance(100); // which the watcher cannot know
        await watcher.ReadAsync(Stop);
        Assert.Equal(TimeSpan.Zero, watcher.Unchanged);
        Assert.Null(watcher.WrittenAfter);

        _clock.Advance(3);
        long lastOfOld = _clock.GetTimestamp();
        await watcher.ReadAsync(Stop);
        Assert.Equal(3, watcher.Unchanged.TotalSeconds);
        Assert.Null(watcher.WrittenAfter);

        _clock.Advance(1);
        await holder.WriteAsync(Of("a"), Stop); // the same once more
        _clock.Advance(1);
        await watcher.ReadAsync(Stop);
        Assert.Equal(TimeSpan.Zero, watcher.Unchanged);
        Assert.Equal(lastOfOld, watcher.WrittenAfter);
        Assert.Equal(_clock.GetTimestamp() - TimeSpan.FromSeconds(1).Ticks, holder.WrittenAfter);
    }

    [Fact]
    public async Task Given_a_lease_when_it_is_released_then_no_one_holds_it()
    {
        ClusterLease lease = new(_store, _clock);
        await lease.ReadAsync(Stop);
        await lease.WriteAsync(Of("a"), Stop);
        Assert.NotNull(lease.Held);
        await lease.WriteAsync(Of(), Stop);
        Assert.Null(lease.Held);
    }

    private static LeaseState Of(params string[] silos) => new() { Silos = [.. silos], Seconds = 15 };
}
