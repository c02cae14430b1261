using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Reference;

public sealed class MaskTrainingTests
{
    // What a rule makes on its way must not be freed before libtorch has read it.
    [Fact]
    public async Task Given_garbage_that_is_collected_meanwhile_when_masks_are_made_then_each_is_that_of_its_scores()
    {
        using SupermaskNetwork network = new(new FixedNetwork(NetworkPlan.Dense(784, [300], 10), 1));
        using MaskTraining training = new(network, Recipes.Get("fast"), 1);
        Tensor[] expected = [.. training.Scores.Select(
            scores => tensor([.. scores.data<float>().Select(score => score >= 0 ? 1f : 0)], scores.shape))];
        using CancellationTokenSource done = new();
        Task collector = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    for (int n = 0; n < 100; n++) _ = tensor(5f);
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            },
            TestContext.Current.CancellationToken);

        int wrong = 0;
        for (int n = 0; n < 150; n++)
        {
            Tensor[] mask = training.Mask();
            if (!mask.Zip(expected, (layer, bits) => layer.Equals(bits)).All(same => same)) wrong++;
            foreach (Tensor layer in mask) layer.Dispose();
        }

        await done.CancelAsync();
        await collector;
        foreach (Tensor layer in expected) layer.Dispose();
        Assert.Equal(0, wrong);
    }
}
