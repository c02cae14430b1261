using System.Numerics.Tensors;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.TaskInference;

/// <summary>
/// -∂(objective)/∂α of masks for several images at once, exactly: their gradient dL/dW_eff = Σ_images δ aᵀ is made once,
/// and each mask's score is the sum of the gradient's products with the weights it keeps. For one image
/// <see cref="Banks.BankScan"/> reads less. Not thread-safe: it reuses its buffers.
/// </summary>
/// <param name="network">The fixed network.</param>
/// <param name="layers">Which layers' terms to sum.</param>
public sealed class GradientScores(FixedNetwork network, LayerSelection layers)
{
    private readonly float[][] _products =
        [.. network.Shape.Layers.Take(layers == LayerSelection.First ? 1 : network.Shape.Layers.Length).Select(layer => new float[layer.Count])];

    /// <summary>Takes the gradient of some images; their mean is what is differentiated.</summary>
    /// <param name="factors">Factors of the images.</param>
    /// <param name="from">First image.</param>
    /// <param name="count">How many.</param>
    public void Set(RankOneFactors factors, int from, int count)
    {
        for (int l = 0; l < _products.Length; l++)
        {
            LayerShape shape = network.Shape.Layers[l];
            Span<float> products = _products[l];
            products.Clear();
            for (int row = from; row < from + count; row++)
            {
                ReadOnlySpan<float> delta = factors.Delta(l, row);
                ReadOnlySpan<float> activation = factors.Activation(l, row);
                for (int j = 0; j < shape.Outputs; j++)
                {
                    if (delta[j] == 0) continue;
                    Span<float> target = products.Slice(j * shape.Inputs, shape.Inputs);
                    TensorPrimitives.MultiplyAdd(activation, delta[j] / count, target, target);
                }
            }

            TensorPrimitives.Multiply(products, network.Weights(l), products);
        }
    }

    /// <summary>The score of one mask: the larger, the more its coefficient should grow.</summary>
    /// <param name="mask">A mask of the network.</param>
    public float Of(PackedMask mask)
    {
        float derivative = 0;
        for (int l = 0; l < _products.Length; l++) derivative += MaskBits.Sum(mask.Layer(l), _products[l]);
        return -derivative;
    }
}
