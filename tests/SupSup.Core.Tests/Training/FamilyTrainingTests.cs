using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

/// <summary>Training on every family's tasks, of images whose classes can be told apart.</summary>
public sealed class FamilyTrainingTests
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(36, [40], 8), 1);
    private static readonly Recipe Recipe = Recipes.Get("fast") with { Batches = 200, BatchSize = 16 };

    [Theory]
    [InlineData("permuted", 2)]
    [InlineData("rotated", 4)]
    [InlineData("rotated", 35)]
    [InlineData("split", 0)]
    [InlineData("split", 1)]
    public void Given_a_task_of_a_family_when_trained_then_its_test_images_are_classified(string family, int index)
    {
        ClassificationTask task = TaskFamilies.Get(family).Make(Stripes(), 1, index);

        TrainedMask trained = TaskTrainer.Train(Network, new ThresholdMaskRule(), Recipe, new TrainingJob { Data = task, Index = index });

        using EffectiveNetwork effective = EffectiveNetwork.Of(Network, trained.Mask);
        (float[] inputs, int[] labels) = task.Test(0, task.TestCount);
        int[] classes = [.. effective.Predict(inputs, labels.Length, classes: 4).Select(read => read.Class)];
        Assert.InRange(classes.Zip(labels).Count(pair => pair.First == pair.Second) / (double)labels.Length, 0.9, 1);
    }

    private static Dataset Stripes()
    {
        Dataset noise = SmallImages.Make(rows: 6, columns: 6, classes: 4, train: 200, test: 100);
        return new("stripes", Striped(noise.Train), Striped(noise.Test), 4, new Normalization(0.3f, 0.3f));
    }

    // Class c has its row of the middle four bright, the rest is dark noise.
    private static ExampleSet Striped(ExampleSet noise) =>
        new(new ExampleShape.Pixels(1, 6, 6),
            [.. noise.Pixels.Select((level, n) => (byte)(n / 6 % 6 == 1 + noise.Labels[n / 36] ? 155 + level % 100 : level % 100))],
            noise.Labels);
}
