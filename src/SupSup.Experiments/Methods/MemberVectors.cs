using System.Numerics.Tensors;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Kernels;

namespace SupSup.Experiments.Methods;

/// <summary>
/// What a task has of its own in BatchEnsemble: in each layer a vector r on the inputs and s on the outputs, so that the
/// layer computes s ⊙ W (r ⊙ x). Both start as random signs.
/// </summary>
internal sealed class MemberVectors
{
    private MemberVectors(float[][] inputs, float[][] outputs) => (Inputs, Outputs) = (inputs, outputs);

    /// <summary>Each layer's r, [in].</summary>
    public float[][] Inputs { get; }

    /// <summary>Each layer's s, [width]: the outputs up to a multiple of 16, zero beyond them.</summary>
    public float[][] Outputs { get; }

    /// <summary>Random signs.</summary>
    /// <param name="shape">Layer sizes.</param>
    /// <param name="taskSeed">The task's seed.</param>
    public static MemberVectors Random(NetworkShape shape, ulong taskSeed)
    {
        MemberVectors vectors = new([.. shape.Layers.Select(layer => new float[layer.Inputs])], [.. shape.Layers.Select(layer => new float[AlignedFloats.Width(layer.Outputs)])]);
        for (int l = 0; l < shape.Layers.Length; l++)
        {
            RandomStream signs = new(taskSeed, StreamPurpose.MemberSigns, l);
            foreach (ref float value in vectors.Inputs[l].AsSpan()) value = 1 - (2 * (int)(signs.NextUInt32() >> 31));
            foreach (ref float value in vectors.Outputs[l].AsSpan(0, shape.Layers[l].Outputs)) value = 1 - (2 * (int)(signs.NextUInt32() >> 31));
        }

        return vectors;
    }

    /// <summary>The weights of the network that this member is, W ⊙ s rᵀ.</summary>
    /// <param name="shared">W.</param>
    public RealNetwork Apply(RealNetwork shared)
    {
        RealNetwork network = RealNetwork.Zero(shared.Shape);
        for (int l = 0; l < Inputs.Length; l++) Apply(l, 0, shared.Weights[l], network.Weights[l]);
        return network;
    }

    /// <summary>Writes W ⊙ s rᵀ for a run of one layer's inputs.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="from">First input.</param>
    /// <param name="weights">Those inputs' W, [inputs, width].</param>
    /// <param name="effective">Receives as many.</param>
    public void Apply(int layer, int from, ReadOnlySpan<float> weights, Span<float> effective)
    {
        ReadOnlySpan<float> outputs = Outputs[layer];
        ReadOnlySpan<float> inputs = Inputs[layer].AsSpan(from);
        for (int n = 0; n * outputs.Length < weights.Length; n++)
        {
            Span<float> row = effective.Slice(n * outputs.Length, outputs.Length);
            TensorPrimitives.Multiply(weights.Slice(n * outputs.Length, outputs.Length), outputs, row);
            TensorPrimitives.Multiply(row, inputs[n], row);
        }
    }
}
