using System.Numerics.Tensors;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Inference;

/// <summary>
/// One-shot's scores (paper, section 3.3), exactly: a mask's is -∂(objective)/∂α, which for one image is
/// -Σ_layers δᵀ (W ⊙ M) a. The gradient dL/dW_eff = Σ_images δ aᵀ is made once, and each mask's score is the sum of its
/// products with the weights that the mask keeps. For one image and many masks a scan of a bank reads less. Not
/// thread-safe: it reuses its buffers.
/// </summary>
/// <param name="network">The fixed network.</param>
/// <param name="layers">Which layers' terms to sum.</param>
public sealed class GradientScores(FixedNetwork network, LayerSelection layers)
{
    private readonly float[][] _products =
        [.. network.Shape.Layers[..(layers == LayerSelection.First ? 1 : ^0)].Select(layer => new float[layer.Count])];

    /// <summary>Scores masks for some images, whose mean objective is what is differentiated.</summary>
    /// <param name="factors">Factors of the images.</param>
    /// <param name="from">First image.</param>
    /// <param name="count">How many.</param>
    /// <param name="masks">The masks.</param>
    /// <returns>For each mask: the larger, the more its coefficient should grow.</returns>
    /// <exception cref="ArgumentException">The factors lack a layer, or a mask or the factors are of another network.</exception>
    public float[] Of(RankOneFactors factors, int from, int count, IReadOnlyList<TaskMask> masks)
    {
        ArgumentNullException.ThrowIfNull(factors);
        ArgumentNullException.ThrowIfNull(masks);
        factors.Scored(network, layers);
        foreach (TaskMask mask in masks) mask.CheckFits(network.Shape);
        for (int l = 0; l < _products.Length; l++) Multiply(factors, l, from, count);
        float[] scores = new float[masks.Count];
        for (int n = 0; n < scores.Length; n++)
            for (int l = 0; l < _products.Length; l++) scores[n] -= MaskBits.Sum(masks[n].Layer(l), _products[l]);
        return scores;
    }

    // What each weight of the layer contributes where a mask keeps it.
    private void Multiply(RankOneFactors factors, int layer, int from, int count)
    {
        LayerShape shape = network.Shape.Layers[layer];
        Span<float> products = _products[layer];
        products.Clear();
        for (int row = from; row < from + count; row++)
        {
            ReadOnlySpan<float> delta = factors.Delta(layer, row);
            ReadOnlySpan<float> activation = factors.Activation(layer, row);
            for (int j = 0; j < shape.Outputs; j++)
            {
                if (delta[j] == 0) continue;
                Span<float> target = products.Slice(j * shape.FanIn, shape.FanIn);
                TensorPrimitives.MultiplyAdd(activation, delta[j] / count, target, target);
            }
        }

        TensorPrimitives.Multiply(products, network.Weights(layer), products);
    }
}
