using System.Numerics.Tensors;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Inference;

/// <summary>
/// One-shot inference (paper, section 3.3): a mask's score is -∂H/∂α_i, which for one image is
/// -Σ_layers δᵀ (W ⊙ M_i) a; the task with the largest score is the answer. Not thread-safe: it reuses its buffers.
/// </summary>
public sealed class OneShotScorer
{
    private readonly FixedNetwork _network;
    private readonly float[][] _products;

    /// <summary>Prepares buffers.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="layers">Which layers' terms to sum.</param>
    public OneShotScorer(FixedNetwork network, LayerSelection layers)
    {
        _network = network;
        int used = layers == LayerSelection.First ? 1 : network.Shape.Layers.Length;
        _products = [.. network.Shape.Layers.Take(used).Select(layer => new float[layer.Count])];
    }

    /// <summary>Scores every mask for one image.</summary>
    /// <param name="factors">The batch's factors.</param>
    /// <param name="row">Which image of the batch.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="scores">Receives -∂H/∂α per mask.</param>
    /// <exception cref="ArgumentException">The factors lack a layer, or a mask or the factors are of another network.</exception>
    public void Score(RankOneFactors factors, int row, IReadOnlyList<PackedMask> masks, Span<float> scores)
    {
        if (!factors.Shape.Equals(_network.Shape) || factors.Deltas.Length < _products.Length)
            throw new ArgumentException($"factors of {factors.Deltas.Length} layers of network {factors.Shape} do not suffice to score {_products.Length} layers of network {_network.Shape}");
        foreach (PackedMask mask in masks)
            if (!mask.Shape.Equals(_network.Shape)) throw new ArgumentException($"a mask of network {mask.Shape} does not fit network {_network.Shape}");
        for (int l = 0; l < _products.Length; l++) Multiply(factors, l, row);
        for (int i = 0; i < masks.Count; i++)
        {
            float derivative = 0;
            for (int l = 0; l < _products.Length; l++) derivative += MaskBits.Sum(masks[i].Layer(l), _products[l]);
            scores[i] = -derivative;
        }
    }

    // δ_j W_ji a_i for all j, i: what each weight of the layer contributes where a mask keeps it.
    private void Multiply(RankOneFactors factors, int layer, int row)
    {
        LayerShape shape = _network.Shape.Layers[layer];
        ReadOnlySpan<float> delta = factors.Delta(layer, row);
        ReadOnlySpan<float> activation = factors.Activation(layer, row);
        ReadOnlySpan<float> weights = _network.Weights(layer);
        Span<float> products = _products[layer];
        for (int j = 0; j < shape.Outputs; j++)
        {
            Span<float> target = products.Slice(j * shape.Inputs, shape.Inputs);
            if (delta[j] == 0)
            {
                target.Clear();
                continue;
            }

            TensorPrimitives.Multiply(weights.Slice(j * shape.Inputs, shape.Inputs), activation, target);
            TensorPrimitives.Multiply(target, delta[j], target);
        }
    }
}
