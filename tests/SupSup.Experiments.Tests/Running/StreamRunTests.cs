using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Tests.Running;

public sealed class StreamRunTests
{
    private static readonly ExperimentConfig Stream = Small.Config with { Scenario = Scenario.NNs };

    [Fact]
    public async Task Given_a_stream_without_task_identity_when_run_then_each_task_gets_a_mask_of_its_own()
    {
        ExperimentResult result = await Small.RunAsync(Stream, Small.NewFolder());

        Assert.Equal(new StreamReport(Masks: 6, Allocated: 6, Merged: 0, MasksPerTask: 1, Reused: 0, Refused: 0, Cap: null), result.Stream);
        Assert.True(result.Accuracy > 0.5, $"accuracy {result.Accuracy}");
        Assert.Equal([2, 4, 6], result.Checkpoints.Select(checkpoint => checkpoint.Masks));
    }

    [Fact]
    public async Task Given_fewer_masks_allowed_than_tasks_when_run_then_the_cap_is_kept_and_what_it_refused_is_counted()
    {
        ExperimentResult result = await Small.RunAsync(Stream with { MaskCap = 3 }, Small.NewFolder());

        Assert.Equal((3, 3, 3), (result.Stream!.Masks, result.Stream.Allocated, result.Stream.Cap));

        // Three tasks of two segments each found no mask of theirs.
        Assert.Equal(6, result.Stream.Refused);
    }

    // Cut short, a mask is usual at little and fits nothing; so each segment of a task gets a mask of its own.
    [Fact]
    public async Task Given_tasks_that_got_two_masks_each_when_evaluated_then_they_are_merged()
    {
        ExperimentResult result = await Small.RunAsync(Stream with { Fit = 1, LearningRate = 3e-4 }, Small.NewFolder());

        Assert.True(result.Stream!.Allocated > 6, $"{result.Stream.Allocated} allocated");
        Assert.Equal(result.Stream.Allocated, result.Stream.Masks + result.Stream.Merged);
        Assert.True(result.Stream.Merged > 0, "none merged");
    }

    // One mask that all tasks train would do better than chance, too.
    [Fact]
    public async Task Given_the_papers_rule_when_run_then_few_tasks_share_a_mask()
    {
        ExperimentResult result = await Small.RunAsync(
            Stream with { Allocation = "paper", Objective = "H", Recipe = "paper", LearningRate = 3e-3 }, Small.NewFolder());

        Assert.InRange(result.Stream!.Masks, 5, 12);
        Assert.True(result.Accuracy > 0.5, $"accuracy {result.Accuracy}");
    }
}
