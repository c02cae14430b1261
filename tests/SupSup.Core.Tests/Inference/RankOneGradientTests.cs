using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Inference;

/// <summary>
/// One-shot inference rests on Σ_layers δᵀ (W ⊙ M_i) a being exactly ∂H/∂α_i, for every image of a batch and every mask.
/// </summary>
public sealed class RankOneGradientTests
{
    private const int Classes = 10;

    [Theory]
    [InlineData("H", LayerSelection.All, 20, new[] { 16, 12 }, 15)]
    [InlineData("G", LayerSelection.All, 20, new[] { 16, 12 }, 15)]
    [InlineData("H", LayerSelection.First, 20, new[] { 16, 12 }, 15)]
    [InlineData("G", LayerSelection.First, 20, new[] { 16, 12 }, 15)]
    [InlineData("H", LayerSelection.All, 33, new int[0], 10)]
    [InlineData("H", LayerSelection.All, 17, new[] { 65 }, 10)]
    [InlineData("G", LayerSelection.All, 9, new[] { 31, 8, 7, 15 }, 13)]
    public void Given_a_small_network_when_masks_are_scored_then_each_score_is_minus_the_autograd_derivative_by_its_coefficient(
        string objective, LayerSelection layers, int inputs, int[] hidden, int outputs)
    {
        var network = new FixedNetwork(NetworkPlan.Dense(inputs, hidden, outputs), 11);

        AssertScores(network, masks: 7, images: 6, objective, layers, seed: 3);
    }

    [Theory]
    [InlineData("H", LayerSelection.All)]
    [InlineData("G", LayerSelection.All)]
    [InlineData("H", LayerSelection.First)]
    [InlineData("G", LayerSelection.First)]
    public void Given_the_network_of_the_2500_tasks_when_masks_are_scored_then_each_score_is_minus_the_autograd_derivative(
        string objective, LayerSelection layers)
    {
        var network = new FixedNetwork(NetworkPlan.Dense(784, [300, 100], 500), 1);

        AssertScores(network, masks: 4, images: 1, objective, layers, seed: 5);
    }

    private static void AssertScores(FixedNetwork network, int masks, int images, string objective, LayerSelection layers, int seed)
    {
        TaskMask[] bank = RandomData.Masks(network.Shape, masks, seed);
        float[] inputs = RandomData.Floats(images * network.Plan.Inputs, seed, scale: 2);
        var counts = new MaskCounts(network.Shape);
        foreach (TaskMask mask in bank)
            counts.Add(mask);

        using EffectiveNetwork superposition = EffectiveNetwork.Of(network, counts);
        RankOneFactors factors = superposition.Differentiate(inputs, images, Objectives.Get(objective), Classes);
        var scorer = new GradientScores(network, layers);
        using var reference = new SupermaskNetwork(network, ScalarType.Float64);
        using var superimposed = new SuperimposedMasks(reference, [.. bank.Select(reference.Unpack)]);

        for (int image = 0; image < images; image++)
        {
            ReadOnlySpan<float> row = inputs.AsSpan(image * network.Plan.Inputs, network.Plan.Inputs);
            using Tensor image64 = reference.Inputs(row);
            double[] expected = superimposed.Gradient(image64, Objective, firstLayerOnly: layers == LayerSelection.First);
            float[] scores = scorer.Of(factors, image, 1, bank);

            double largest = expected.Max(Math.Abs);
            Assert.True(largest > 1e-3, $"the derivatives of image {image} are too small to tell anything: {largest}");
            for (int i = 0; i < masks; i++)
                Assert.Equal(-expected[i], scores[i], 1e-5 * largest);
        }

        Tensor Objective(Tensor logits) => objective == "G" ? TaskObjective.G(logits, Classes) : TaskObjective.H(logits);
    }
}
