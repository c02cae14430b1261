using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;
using SupSup.Torch.Devices;
using SupSup.Torch.Groups;
using static TorchSharp.torch;

namespace SupSup.Torch.Tests.Groups;

/// <summary>Batches that the host makes, on <see cref="TestDevice"/>, against those of training alone.</summary>
public sealed class HostBatchesTests
{
    private static readonly FixedNetwork Network = new(Plans.Parse("conv4-relu-average/2x4x4-24"), 3);
    private static readonly Recipe Recipe = Recipes.Get("sparse-paper") with { Batches = 9, BatchSize = 7, Augmentation = "crop:1+flip" };

    [Theory]
    [InlineData(false, 0, false, 0)]
    [InlineData(false, 0.5, true, 3)]
    [InlineData(true, 0, false, 0)]
    [InlineData(true, 0.5, false, 4)]
    public void Given_images_that_vary_when_a_group_makes_batches_then_each_task_gets_bit_for_bit_those_of_training_alone(
        bool isStreamed, double rotated, bool balanced, int done)
    {
        Dataset dataset = SmallImages.Make(4, 4, 6, 50, 20, 2);
        if (isStreamed) dataset = StreamedImages.Of(dataset);
        Recipe recipe = Recipe with { RotatedShare = rotated, BalancedClasses = balanced };
        TrainingJob[] jobs = [.. new[] { 5, 0, 2 }.Select(index => new TrainingJob
        {
            Data = new WholeFamily().Make(dataset, 1, 0),
            Index = index,
            From = done == 0 ? null : new TrainingCheckpoint(done, [], [], 0),
        })];
        using HostBatches group = new(jobs, Network, recipe, 2, TestDevice.Device.ToTorch());
        TrainingBatches[] alone = [.. jobs.Select(job =>
        {
            ulong seed = TaskSeed.Derive(Network.Seed, job.Index);
            return new TrainingBatches(job.Data, recipe, seed, TrainingExamples.Of(job.Data, recipe, seed).Train, done);
        })];

        for (int batch = 0; batch < 4; batch++)
        {
            using TorchSharp.DisposeScope scope = NewDisposeScope();
            if (batch % 2 == 0) group.Load(2);
            (Tensor inputs, Tensor labels) = group.Make(batch % 2);
            for (int n = 0; n < jobs.Length; n++)
            {
                float[] expected = new float[7 * 32];
                int[] classes = new int[7];
                alone[n].Next(expected, classes);
                Assert.Equal(expected, inputs[n].cpu().data<float>().ToArray());
                Assert.Equal(classes.Select(label => (long)label), labels[n].cpu().data<long>().ToArray());
            }
        }

        foreach (TrainingBatches batches in alone) batches.Dispose();
    }

    [Fact]
    public void Given_large_batches_when_made_ahead_then_only_so_many_as_divide_the_reports_are()
    {
        TrainingJob job = new() { Data = new WholeFamily().Make(SmallImages.Make(4, 4, 6, 50, 20, 2), 1, 0), Index = 0 };

        Assert.Equal(10, Ahead(7));
        Assert.Equal(5, Ahead(700_000));
        Assert.Equal(1, Ahead(2_500_000));

        int Ahead(int rows)
        {
            using HostBatches batches = new([job], Network, Recipe with { BatchSize = rows }, 10, CPU);
            return batches.Ahead;
        }
    }
}
