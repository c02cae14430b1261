using System.Collections.Immutable;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Tests.Evaluation;

public sealed class ContinualMetricsTests
{
    // Tasks 0 and 1 at the first checkpoint, 2 at the second, 3 at the third.
    private static readonly ImmutableArray<CheckpointResult> Checkpoints =
    [
        Checkpoint(new NextTaskScore(2, 0.2, 0.1), 0.9, 0.8),
        Checkpoint(new NextTaskScore(3, 0.4, 0.1), 0.95, 0.6, 0.7),
        Checkpoint(null, 0.85, 0.7, 0.75, 0.9),
    ];

    private static readonly ImmutableArray<ImmutableArray<double>> Matrix = ContinualMetrics.AccuracyMatrix(Checkpoints);

    [Fact]
    public void Given_three_checkpoints_when_measured_then_forgetting_is_the_best_less_the_last() =>
        Assert.Equal((0.10 + 0.10 + 0) / 3, ContinualMetrics.Forgetting(Matrix), 12);

    [Fact]
    public void Given_three_checkpoints_when_measured_then_backward_transfer_is_the_last_less_the_first() =>
        Assert.Equal((-0.05 - 0.10 + 0.05) / 3, ContinualMetrics.BackwardTransfer(Matrix), 12);

    [Fact]
    public void Given_three_checkpoints_when_measured_then_forward_transfer_is_the_next_task_less_an_untrained_mask() =>
        Assert.Equal(0.2, ContinualMetrics.ForwardTransfer(Checkpoints), 12);

    [Fact]
    public void Given_one_checkpoint_when_measured_then_nothing_was_forgotten_and_transfer_was_not_measured()
    {
        Assert.Equal(0, ContinualMetrics.Forgetting(Matrix[..1]));
        Assert.Equal(0, ContinualMetrics.BackwardTransfer(Matrix[..1]));
        Assert.Equal(double.NaN, ContinualMetrics.ForwardTransfer(Checkpoints[2..]));
    }

    private static CheckpointResult Checkpoint(NextTaskScore? next, params double[] accuracies) => new()
    {
        TasksLearned = accuracies.Length,
        Tasks = [.. accuracies.Select((accuracy, task) => new TaskScore(task, accuracy, accuracy, 1))],
        Next = next,
        Bytes = 1,
        TrainSeconds = 1,
    };
}
