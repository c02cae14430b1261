using System.Runtime.Intrinsics;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Bench;

/// <summary>The definition, in double precision throughout: -Σ_layers δᵀ (W ⊙ M) a. Not thread-safe.</summary>
internal sealed class ExactScorer(FixedNetwork network, LayerSelection layers)
{
    private readonly double[][] _products =
        [.. network.Shape.Layers.Take(layers == LayerSelection.First ? 1 : network.Shape.Layers.Length)
            .Select(layer => new double[(layer.Count + 7) & ~7])];

    /// <summary>The mask with the largest score; of equal ones the first.</summary>
    /// <param name="factors">The images' factors.</param>
    /// <param name="row">Which image.</param>
    /// <param name="masks">The masks.</param>
    public int Best(RankOneFactors factors, int row, IReadOnlyList<TaskMask> masks)
    {
        for (int l = 0; l < _products.Length; l++)
        {
            ReadOnlySpan<float> weights = network.Weights(l);
            ReadOnlySpan<float> delta = factors.Delta(l, row);
            ReadOnlySpan<float> input = factors.Activation(l, row);
            for (int j = 0; j < delta.Length; j++)
                for (int i = 0; i < input.Length; i++)
                    _products[l][(j * input.Length) + i] = (double)delta[j] * weights[(j * input.Length) + i] * input[i];
        }

        int best = 0;
        double most = double.NegativeInfinity;
        for (int mask = 0; mask < masks.Count; mask++)
        {
            double score = 0;
            for (int l = 0; l < _products.Length; l++) score -= Sum(masks[mask].Layer(l), _products[l]);
            if (score > most) (best, most) = (mask, score);
        }

        return best;
    }

    private static double Sum(ReadOnlySpan<byte> bits, double[] values)
    {
        Vector512<long> selector = Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128);
        Vector512<double> sum = default;
        for (int n = 0; n < bits.Length; n++)
        {
            Vector512<long> kept = Vector512.Equals(Vector512.Create((long)bits[n]) & selector, selector);
            sum += Vector512.Create<double>(values.AsSpan(8 * n, 8)) & kept.AsDouble();
        }

        return Vector512.Sum(sum);
    }
}
