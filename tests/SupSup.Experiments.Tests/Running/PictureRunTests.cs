using System.Numerics;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Streams;

namespace SupSup.Experiments.Tests.Running;

/// <summary>Runs of networks over pictures, one by one and in groups as on a GPU.</summary>
public sealed class PictureRunTests
{
    private static readonly ExperimentConfig Config = Small.Config with
    {
        Tasks = 3,
        Network = "conv6-norm-relu-average",
        Outputs = 5,
        SharedInitialScores = false,
        MaskRule = "top-k:0.5",
        Scenario = Scenario.GG,
        Batches = 40,
        Queries = 0,
        Checkpoints = [1],
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_pictures_when_run_in_groups_then_masks_are_nearly_those_of_one_by_one(bool transfer)
    {
        (string grouped, string alone) = (Small.NewFolder(), Small.NewFolder());

        ExperimentResult result = await Small.RunAsync(Config with { Transfer = transfer }, grouped, inGroups: true);
        ExperimentResult expected = await Small.RunAsync(Config with { Transfer = transfer }, alone);

        Assert.Equal(expected.Accuracy, result.Accuracy, 0.03);
        byte[][] masks = Masks(grouped);
        foreach ((byte[] mask, byte[] other) in masks.Zip(Masks(alone))) Assert.InRange(Differing(mask, other), 0, 6);

        // Only where tasks start from scores of their own, their masks differ: they do not agree because nothing was learned.
        Assert.Equal(!transfer, Differing(masks[0], masks[1]) > 6);
        Assert.Empty(Directory.GetFiles(Path.Combine(grouped, "open")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_run_that_was_cut_off_within_tasks_when_run_again_then_they_go_on_from_there_to_the_same_masks(bool inGroups)
    {
        (string whole, string cut) = (Small.NewFolder(), Small.NewFolder());
        using CancellationTokenSource stop = new();
        int most = inGroups ? 2 : 25, advanced = 0;
        await Small.RunAsync(Config, whole, inGroups: inGroups);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Small.RunAsync(Config, cut, new Small.Silent(() =>
        {
            if (++advanced == most) stop.Cancel();
        }), stop.Token, inGroups: inGroups));
        string[] open = Directory.GetFiles(Path.Combine(cut, "open"));
        TrainingCheckpoint saved = CheckpointFile.Read(open.Order().First());
        await Small.RunAsync(Config, cut, inGroups: inGroups);

        // A group is of all tasks, also those after the first checkpoint.
        Assert.Equal(inGroups ? 3 : 1, open.Length);
        Assert.Equal(inGroups ? 20 : 24, saved.Position);
        Assert.Equal(12, saved.Statistics.Length);
        Assert.Equal(Masks(whole), Masks(cut));
        Assert.Empty(Directory.GetFiles(Path.Combine(cut, "open")));
    }

    private static byte[][] Masks(string folder)
    {
        FixedNetwork network = new(Plans.Of(Config.Network, new PlaneShape(1, 6, 7), Config.Outputs), Config.Seed);
        using RunFolder run = RunFolder.Open(folder, RunFolder.OpenFinished(folder).Result.Config);
        return [.. Enumerable.Range(0, 3).Select(task => run.ReadMask(task, network)!.Bits.ToArray())];
    }

    private static int Differing(byte[] one, byte[] other) =>
        one.Zip(other, (a, b) => BitOperations.PopCount((uint)(a ^ b))).Sum();
}
