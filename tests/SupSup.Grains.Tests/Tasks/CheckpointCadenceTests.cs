using Microsoft.Extensions.Time.Testing;
using SupSup.Grains.Tasks;

namespace SupSup.Grains.Tests.Tasks;

public sealed class CheckpointCadenceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Given_batches_that_are_trained_when_time_passes_then_checkpoints_are_due_from_the_first_batch_on_but_not_with_the_last()
    {
        CheckpointCadence cadence = new(_time, seconds: 10, batches: 6);
        _time.Advance(TimeSpan.FromSeconds(60)); // waiting for a thread
        Assert.False(cadence.IsDue(1, isSuspending: false));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(cadence.IsDue(2, isSuspending: false));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(cadence.IsDue(3, isSuspending: false));
        Assert.False(cadence.IsDue(4, isSuspending: false));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(cadence.IsDue(6, isSuspending: false));
    }

    [Fact]
    public void Given_a_run_that_is_to_be_suspended_when_a_batch_is_trained_then_a_checkpoint_is_due_at_once_but_not_with_the_last()
    {
        CheckpointCadence cadence = new(_time, seconds: 10, batches: 3);
        Assert.True(cadence.IsDue(1, isSuspending: true));
        Assert.True(cadence.IsDue(2, isSuspending: true));
        Assert.False(cadence.IsDue(3, isSuspending: true));
    }
}
