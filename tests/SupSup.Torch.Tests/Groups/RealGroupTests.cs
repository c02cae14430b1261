using System.Numerics;
using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Datasets;
using SupSup.Core.Tests.Training;
using SupSup.Core.Training;
using SupSup.Torch.Groups;

namespace SupSup.Torch.Tests.Groups;

/// <summary>Groups on the real permuted MNIST, on <see cref="TestDevice"/>, against the same tasks trained one by one.</summary>
[Collection(nameof(ProcessTests))]
public sealed class RealGroupTests
{
    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(784, [300, 100], 500), 1);
    private static readonly ThresholdMaskRule Rule = new();

    [Theory]
    [InlineData("fast", 60, 0.80)]
    [InlineData("paper", 40, 0.60)]
    public async Task Given_three_tasks_when_trained_as_a_group_then_masks_and_accuracies_are_nearly_those_of_training_one_by_one(
        string name, int batches, double least)
    {
        Dataset mnist = await RealMnist.OpenAsync();
        Recipe recipe = Recipes.Get(name) with { Batches = batches };
        int[] indices = [0, 1, 7];
        ClassificationTask[] data = [.. indices.Select(index => new PermutedFamily().Make(mnist, 1, index))];
        using GroupTrainer trainer = new(TestDevice.Device);

        TrainedMask?[] group = trainer.Train(
            Network, Rule, recipe, [.. indices.Select((index, n) => new TrainingJob { Data = data[n], Index = index })],
            TestContext.Current.CancellationToken);

        for (int n = 0; n < indices.Length; n++)
        {
            TrainedMask alone = TaskTrainer.Train(Network, Rule, recipe, new TrainingJob { Data = data[n], Index = indices[n] });
            double agreement = Agreement(alone.Mask, group[n]!.Mask);
            (double expected, double accuracy) = (Accuracy(alone.Mask, data[n]), Accuracy(group[n]!.Mask, data[n]));
            Assert.True(agreement > 0.99, $"task {n}: {agreement} of the mask agree");
            Assert.Equal(alone.Loss, group[n]!.Loss, 0.02 * alone.Loss);
            Assert.True(accuracy > least, $"task {n}: accuracy {accuracy}");
            Assert.Equal(expected, accuracy, 0.01);
        }

        // Else masks would agree because all tasks had one.
        Assert.True(Agreement(group[0]!.Mask, group[1]!.Mask) < 0.98);
    }

    private static double Agreement(TaskMask one, TaskMask other)
    {
        int differing = 0;
        for (int n = 0; n < one.Bits.Length; n++) differing += BitOperations.PopCount((uint)(one.Bits.Span[n] ^ other.Bits.Span[n]));
        return 1 - differing / (double)one.Shape.ParameterCount;
    }

    private static double Accuracy(TaskMask mask, ClassificationTask task)
    {
        (float[] inputs, int[] labels) = task.Test(0, 2000);
        using EffectiveNetwork effective = EffectiveNetwork.Of(Network, mask);
        int[] classes = [.. effective.Predict(inputs, labels.Length, task.Classes).Select(read => read.Class)];
        return classes.Zip(labels).Count(pair => pair.First == pair.Second) / (double)labels.Length;
    }
}
