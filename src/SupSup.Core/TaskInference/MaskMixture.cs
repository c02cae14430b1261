using System.Numerics.Tensors;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.TaskInference;

/// <summary>
/// The network W ⊙ Σ α_i M_i at any coefficients α, and the exact gradient of an objective by them. Of a chain of linear layers
/// it is made of rank-one factors; of other networks libtorch differentiates it as a whole, normalised by the statistics of the
/// query's own batch. Not thread-safe: it reuses its buffers.
/// </summary>
/// <param name="network">The fixed network.</param>
/// <param name="classes">Number of real classes.</param>
/// <param name="settings">The objective, and which layers' terms are summed.</param>
public sealed class MaskMixture(FixedNetwork network, int classes, InferenceSettings settings) : IDisposable
{
    private readonly float[][] _weights = [.. network.Shape.Layers.Select(layer => new float[layer.Count])];
    private readonly GradientScores? _scores = network.Plan.IsDense ? new(network, settings.Layers) : null;
    private EffectiveNetwork? _effective;

    /// <summary>Scores masks for some images, whose mean objective is what is differentiated.</summary>
    /// <param name="masks">The masks, at least one.</param>
    /// <param name="coefficients">α, one for each.</param>
    /// <param name="inputs">Normalised images [images, in].</param>
    /// <returns>For each mask -∂(objective)/∂α_i at α: the larger, the more its coefficient should grow.</returns>
    /// <exception cref="ArgumentException">There are not as many coefficients as masks, the inputs are no images, the objective means
    /// nothing for the network, or, where it is no chain, the build has no libtorch or a normalisation has one value a channel.</exception>
    public float[] Scores(IReadOnlyList<TaskMask> masks, ReadOnlySpan<float> coefficients, ReadOnlySpan<float> inputs)
    {
        ArgumentNullException.ThrowIfNull(masks);
        for (int l = 0; l < _weights.Length; l++)
        {
            MaskSums.Of(masks, coefficients, l, _weights[l]);
            TensorPrimitives.Multiply(_weights[l], network.Weights(l), _weights[l]);
        }

        if (_scores is null)
        {
            float[][] products = SuperimposedGradient.Products(network, _weights, inputs, settings.Objective, classes);
            if (settings.Layers == LayerSelection.First) products = products[..1];
            return [.. masks.Select(mask => SuperimposedGradient.Score(products, mask))];
        }

        if (_effective is null) _effective = EffectiveNetwork.Of(network.Plan, _weights);
        else _effective.Set(_weights);
        int images = inputs.Length / network.Plan.Inputs;
        return _scores.Of(_effective.Differentiate(inputs, images, settings.Objective, classes), 0, images, masks);
    }

    /// <inheritdoc/>
    public void Dispose() => _effective?.Dispose();
}
