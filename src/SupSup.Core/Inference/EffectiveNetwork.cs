using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Inference;

/// <summary>
/// The network with definite weights, of one mask or of a superposition, ready to run. Runs on the calling thread;
/// several threads may run it at once. The networks of tasks are opened by their engine; superpositions are made here for
/// every engine so far, since what they are made for is the rank-one gradient that linear layers have.
/// </summary>
public sealed class EffectiveNetwork : IMaskedNetwork
{
    // Images that go through the layers together; more would only take more memory.
    private const int Chunk = 256;

    private readonly ImmutableArray<EffectiveLayer> _layers;

    private EffectiveNetwork(NetworkPlan plan)
    {
        plan.RequireDense("a superposition");
        Plan = plan;
        _layers = [.. plan.Shape.Layers.Select((layer, l) => new EffectiveLayer(layer, carriesGradients: l > 0))];
    }

    /// <summary>The network's plan.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>The network of one task: W ⊙ M.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <exception cref="ArgumentException">The mask has another shape than the network.</exception>
    public static EffectiveNetwork Of(FixedNetwork network, TaskMask mask)
    {
        mask.CheckFits(network.Shape);
        EffectiveNetwork effective = new(network.Plan);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            float[] weights = new float[network.Shape.Layers[l].Count];
            MaskBits.Select(mask.Layer(l), network.Weights(l), weights);
            effective._layers[l].Set(weights);
        }

        return effective;
    }

    /// <summary>The superposition with equal coefficients: W ⊙ (1/k) Σ M_i.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="counts">For each weight, how many of the k masks keep it.</param>
    /// <exception cref="ArgumentException">No mask is superimposed, or the masks have another shape than the network.</exception>
    public static EffectiveNetwork Of(FixedNetwork network, MaskCounts counts)
    {
        if (!counts.Shape.Equals(network.Shape))
            throw new ArgumentException($"a superposition of matrices {counts.Shape} does not fit network {network.Plan}");
        if (counts.Tasks == 0) throw new ArgumentException("a superposition needs at least one mask");
        EffectiveNetwork effective = new(network.Plan);
        for (int l = 0; l < network.Shape.Layers.Length; l++)
        {
            ReadOnlySpan<int> layer = counts.Layer(l);
            ReadOnlySpan<float> weights = network.Weights(l);
            float[] target = new float[layer.Length];
            for (int n = 0; n < target.Length; n++) target[n] = weights[n] * ((float)layer[n] / counts.Tasks);
            effective._layers[l].Set(target);
        }

        return effective;
    }

    /// <summary>A network of given weights.</summary>
    /// <param name="plan">Its plan.</param>
    /// <param name="weights">Per layer [out · in].</param>
    internal static EffectiveNetwork Of(NetworkPlan plan, IReadOnlyList<float[]> weights)
    {
        EffectiveNetwork effective = new(plan);
        effective.Set(weights);
        return effective;
    }

    /// <summary>Takes other weights; not while another thread runs it.</summary>
    /// <param name="weights">Per layer [out · in].</param>
    internal void Set(IReadOnlyList<float[]> weights)
    {
        for (int l = 0; l < _layers.Length; l++) _layers[l].Set(weights[l]);
    }

    /// <inheritdoc/>
    public float[] Logits(ReadOnlySpan<float> inputs, int rows)
    {
        Check(inputs, rows);
        float[] logits = new float[rows * Plan.Outputs];
        for (int first = 0; first < rows; first += Chunk)
        {
            int some = Math.Min(Chunk, rows - first);
            using ForwardPass pass = new(_layers, inputs.Slice(first * Plan.Inputs, some * Plan.Inputs), some);
            ForwardPass.Unpad(pass.Outputs[^1], Plan.Outputs, logits.AsSpan(first * Plan.Outputs, some * Plan.Outputs));
        }

        return logits;
    }

    /// <inheritdoc/>
    public MaskPrediction[] Predict(ReadOnlySpan<float> inputs, int rows, int classes) =>
        MaskPrediction.OfRows(Logits(inputs, rows), rows, classes);

    /// <inheritdoc/>
    public long Trim() => _layers.Sum(layer => layer.MemoryBytes);

    /// <summary>Runs forward and backward once and keeps each layer's rank-one factors.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="rows">Number of images.</param>
    /// <param name="objective">H or G.</param>
    /// <param name="classes">Number of real classes.</param>
    /// <exception cref="ArgumentException">The inputs are not so many rows, or the objective means nothing for the network.</exception>
    public RankOneFactors Differentiate(ReadOnlySpan<float> inputs, int rows, IObjective objective, int classes)
    {
        objective.Check(classes, Plan.Outputs);
        Check(inputs, rows);
        float[][] deltas = [.. Plan.Shape.Layers.Select(layer => new float[rows * layer.Outputs])];
        float[][] activations = [.. Plan.Shape.Layers.Select(layer => new float[rows * layer.FanIn])];
        inputs.CopyTo(activations[0]);
        for (int first = 0; first < rows; first += Chunk)
        {
            int some = Math.Min(Chunk, rows - first);
            using ForwardPass pass = new(_layers, inputs.Slice(first * Plan.Inputs, some * Plan.Inputs), some);
            pass.Backward(objective, classes);
            for (int l = 0; l < deltas.Length; l++)
            {
                LayerShape layer = Plan.Shape.Layers[l];
                ForwardPass.Unpad(pass.Deltas[l], layer.Outputs, deltas[l].AsSpan(first * layer.Outputs, some * layer.Outputs));
                if (l > 0)
                    ForwardPass.Unpad(pass.Outputs[l - 1], layer.FanIn, activations[l].AsSpan(first * layer.FanIn, some * layer.FanIn));
            }
        }

        return new RankOneFactors(Plan.Shape, rows, [.. deltas], [.. activations]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EffectiveLayer layer in _layers) layer.Dispose();
    }

    private void Check(ReadOnlySpan<float> inputs, int rows)
    {
        if (rows < 1 || inputs.Length != (long)rows * Plan.Inputs)
            throw new ArgumentException(
                $"{rows} rows of network {Plan} need {(long)rows * Plan.Inputs} input values, not {inputs.Length}");
    }
}
