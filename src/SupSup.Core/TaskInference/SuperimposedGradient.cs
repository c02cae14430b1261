using System.Numerics.Tensors;
using SupSup.Core.Devices;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.TaskInference;

/// <summary>
/// One-shot's scores (paper, section 3.3) for networks that are no chain of linear layers, where gradients are whole matrices: the
/// network of W ⊙ (1/k) Σ M_i, normalised by the statistics of the query's own batch, is differentiated by libtorch, and a mask's
/// score is -Σ dL/dW_eff ⊙ W ⊙ M. Thread-safe.
/// </summary>
public static class SuperimposedGradient
{
    /// <summary>The weights of a superposition with equal coefficients, W ⊙ (1/k) Σ M_i.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="counts">For each weight, how many of the k masks keep it; one mask at least.</param>
    /// <returns>Per layer [out · in].</returns>
    public static float[][] Weights(FixedNetwork network, MaskCounts counts)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentOutOfRangeException.ThrowIfLessThan(counts.Tasks, 1, nameof(counts));
        float[][] weights = [.. network.Shape.Layers.Select(layer => new float[layer.Count])];
        for (int l = 0; l < weights.Length; l++)
        {
            ReadOnlySpan<int> kept = counts.Layer(l);
            ReadOnlySpan<float> all = network.Weights(l);
            for (int n = 0; n < kept.Length; n++) weights[l][n] = all[n] * ((float)kept[n] / counts.Tasks);
        }

        return weights;
    }

    /// <summary>Differentiates the mean objective of a query.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="weights">Those of the superposition.</param>
    /// <param name="inputs">The query's normalised inputs [rows, in].</param>
    /// <param name="objective">The objective.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <returns>Per layer dL/dW_eff ⊙ W, [out · in]: what each weight takes from the score of a mask that keeps it.</returns>
    /// <exception cref="ArgumentException">The build has no libtorch, or a normalisation has one value a channel.</exception>
    public static float[][] Products(
        FixedNetwork network, IReadOnlyList<float[]> weights, ReadOnlySpan<float> inputs, IObjective objective, int classes)
    {
        ArgumentNullException.ThrowIfNull(network);
        float[][] gradients = TorchBackend.Get<ITorchEngines>().Differentiate(network.Plan, weights, inputs, objective, classes);
        for (int l = 0; l < gradients.Length; l++) TensorPrimitives.Multiply(gradients[l], network.Weights(l), gradients[l]);
        return gradients;
    }

    /// <summary>The score of a mask: the larger, the more its coefficient should grow.</summary>
    /// <param name="products">What <see cref="Products"/> made, of the first layer or of all.</param>
    /// <param name="mask">A mask of the network.</param>
    public static float Score(IReadOnlyList<float[]> products, TaskMask mask)
    {
        ArgumentNullException.ThrowIfNull(products);
        ArgumentNullException.ThrowIfNull(mask);
        float score = 0;
        for (int l = 0; l < products.Count; l++) score -= MaskBits.Sum(mask.Layer(l), products[l]);
        return score;
    }
}
