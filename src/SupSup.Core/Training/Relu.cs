using System.Numerics.Tensors;

namespace SupSup.Core.Training;

/// <summary>max(0, z), in place, and its gate on gradients.</summary>
internal static class Relu
{
    /// <summary>Replaces each value by max(0, value).</summary>
    public static void Apply(Span<float> values) => TensorPrimitives.Max(values, 0f, values);

    /// <summary>Clears the gradients of units that were not active.</summary>
    /// <param name="outputs">Outputs after ReLU.</param>
    /// <param name="deltas">Gradients, gated in place.</param>
    public static void Gate(ReadOnlySpan<float> outputs, Span<float> deltas)
    {
        outputs = outputs[..deltas.Length];
        for (int n = 0; n < deltas.Length; n++) deltas[n] = outputs[n] > 0 ? deltas[n] : 0;
    }
}
