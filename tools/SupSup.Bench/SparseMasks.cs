using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Bench;

/// <summary>Masks of the paper's densities, and the bound of any code that knows no more than how many weights a layer keeps.</summary>
internal static class SparseMasks
{
    private const ulong Seed = 4;

    /// <summary>k of the densities er-k.</summary>
    public static IReadOnlyList<int> Densities { get; } = [1, 2, 4, 8, 16, 32];

    /// <summary>Keeps the largest of random scores: the mask of a network that was not trained.</summary>
    /// <param name="network">The network.</param>
    /// <param name="k">Its density is er-k.</param>
    public static TaskMask Draw(FixedNetwork network, int k)
    {
        TopKMaskRule rule = new($"er-{k}");
        return TaskMask.Keeping(
            network.Shape,
            InitialScores.Of(network, Recipes.Get("paper"), Seed).Select((scores, l) =>
            {
                LayerShape shape = network.Shape.Layers[l];
                float[] kept = new float[scores.Length], ones = [.. Enumerable.Repeat(1f, scores.Length)];
                rule.Apply(scores, ones, rule.Threshold(shape, scores, shape.FanIn, shape.FanIn), 0, kept);
                return kept;
            }),
            ChannelStatistics.Of(new float[2 * network.Plan.NormalizedChannels]));
    }

    /// <summary>Sum of n · H(p) over the layers, in bytes: p is the share of the n weights that a layer keeps.</summary>
    public static double Entropy(FixedNetwork network, TaskMask mask) => network.Shape.Layers.Select((layer, l) =>
    {
        double share = (double)mask.CountOnes(l) / layer.Count;
        return -layer.Count * (share * Math.Log2(share) + (1 - share) * Math.Log2(1 - share)) / 8;
    }).Sum();
}
