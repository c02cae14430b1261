using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Peers;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Peers;

public sealed class NaiveInferenceTests
{
    private const int Classes = 5;

    private static readonly FixedNetwork Network = new(NetworkPlan.Dense(37, [19, 11], 13), 4);

    [Fact]
    public void Given_masks_when_inferred_by_autograd_then_gradient_and_task_are_those_of_the_scorer()
    {
        TaskMask[] masks = RandomData.Masks(Network.Shape, 12, 2);
        MaskCounts counts = new(Network.Shape);
        foreach (TaskMask mask in masks) counts.Add(mask);
        using EffectiveNetwork superposition = EffectiveNetwork.Of(Network, counts);
        using var naive = new NaiveOneShot(Network, masks);
        var scorer = new GradientScores(Network, LayerSelection.All);

        for (int image = 0; image < 10; image++)
        {
            float[] pixels = RandomData.Floats(37, image, scale: 3);
            float[] scores = scorer.Of(superposition.Differentiate(pixels, 1, new EntropyObjective(), Classes), 0, 1, masks);

            using Tensor inputs = tensor(pixels, [1, pixels.Length]);
            double[] gradient = naive.Gradient(inputs, TaskObjective.H);

            double largest = scores.Max(Math.Abs);
            for (int mask = 0; mask < 12; mask++) Assert.Equal(scores[mask], -gradient[mask], 1e-4 * largest);
            Assert.Equal(Array.IndexOf(scores, scores.Max()), naive.Infer(pixels));
        }
    }

    [Fact]
    public void Given_masks_when_each_is_tried_then_entropies_are_those_of_running_it_and_the_lowest_wins()
    {
        TaskMask[] masks = RandomData.Masks(Network.Shape, 12, 3);
        using var naive = new TryEachMask(Network, masks);

        for (int image = 0; image < 10; image++)
        {
            float[] pixels = RandomData.Floats(37, image, scale: 3);
            double[] entropies = [.. masks.Select(mask =>
            {
                using EffectiveNetwork effective = EffectiveNetwork.Of(Network, mask);
                return EntropyObjective.Entropy(effective.Logits(pixels, 1));
            })];

            for (int mask = 0; mask < 12; mask++) Assert.Equal(entropies[mask], naive.Entropy(mask, pixels), 1e-4);
            Assert.Equal(Array.IndexOf(entropies, entropies.Min()), naive.Infer(pixels));
        }
    }
}
