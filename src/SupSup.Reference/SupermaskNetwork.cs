using SupSup.Core.Masks;
using SupSup.Core.Networks;
using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// The network f(x; W ⊙ M) that all tasks share: layers without bias, ReLU between them. W is fixed: random signs times
/// sqrt(2 / fan-in), made from a seed. A mask M is a tensor for each layer, 1 where the weight is kept and 0 elsewhere.
/// </summary>
public sealed class SupermaskNetwork : IDisposable
{
    private readonly ScalarType _type;

    /// <summary>Makes the weights.</summary>
    /// <param name="network">Shape and seed.</param>
    /// <param name="type">Precision of all that is computed: float32, or float64 for exact comparisons.</param>
    public SupermaskNetwork(FixedNetwork network, ScalarType type = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(network);
        (Plan, _type) = (network.Plan, type);
        Weights = [.. network.Shape.Layers.Select((layer, l) =>
            tensor(network.Weights(l).ToArray(), [layer.Outputs, layer.FanIn], dtype: type))];
    }

    /// <summary>A chain of layers.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>W of each layer, [out, in].</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>The logits [rows, s] of inputs [rows, in].</summary>
    /// <param name="inputs">Normalised inputs.</param>
    /// <param name="masks">M of each layer, [out, in]: a task's, or a superposition of several.</param>
    public Tensor Forward(Tensor inputs, IReadOnlyList<Tensor> masks)
    {
        Tensor activations = inputs;
        for (int l = 0; l < Weights.Count; l++)
        {
            activations = nn.functional.linear(activations, Weights[l] * masks[l]);
            if (l < Weights.Count - 1) activations = nn.functional.relu(activations);
        }

        return activations;
    }

    /// <summary>A packed mask as tensors of the network's precision.</summary>
    /// <param name="mask">One bit per weight.</param>
    public Tensor[] Unpack(TaskMask mask) => [.. Plan.Shape.Layers.Select((layer, l) =>
    {
        byte[] bits = mask.Layer(l).ToArray();
        float[] kept = [.. Enumerable.Range(0, layer.Count).Select(n => (float)(bits[n >> 3] >> (n & 7) & 1))];
        return tensor(kept, [layer.Outputs, layer.FanIn], dtype: _type);
    })];

    /// <summary>Inputs as a tensor [rows, in] of the network's precision.</summary>
    /// <param name="inputs">Normalised inputs, row after row.</param>
    public Tensor Inputs(ReadOnlySpan<float> inputs) =>
        tensor(inputs.ToArray(), [inputs.Length / Plan.Inputs, Plan.Inputs], dtype: _type);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weights in Weights) weights.Dispose();
    }
}
