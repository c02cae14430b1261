using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Training;

/// <summary>RMSProp as PyTorch defines it: v = 0.99 v + 0.01 g², S -= rate · g / (sqrt(v) + 1e-8).</summary>
public sealed class RmsPropOptimizer : IScoreOptimizer
{
    private const float Decay = 0.99f;
    private const float Epsilon = 1e-8f;

    /// <inheritdoc/>
    public string Name => "rmsprop";

    /// <inheritdoc/>
    public int StatePerScore => 1;

    /// <inheritdoc/>
    public void Update(Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, double learningRate, int step)
    {
        gradients = gradients[..scores.Length];
        weights = weights[..scores.Length];
        state = state[..scores.Length];
        float rate = (float)learningRate;
        ref float s = ref MemoryMarshal.GetReference(scores);
        ref float g = ref MemoryMarshal.GetReference(gradients);
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float v = ref MemoryMarshal.GetReference(state);
        int n = 0;
        for (; n <= scores.Length - Vector256<float>.Count; n += Vector256<float>.Count)
        {
            nuint at = (nuint)n;
            Vector256<float> gradient = Vector256.LoadUnsafe(ref g, at) * Vector256.LoadUnsafe(ref w, at);
            Vector256<float> square = Vector256.LoadUnsafe(ref v, at) * Decay + gradient * gradient * (1 - Decay);
            square.StoreUnsafe(ref v, at);
            Vector256<float> change = gradient / (Vector256.Sqrt(square) + Vector256.Create(Epsilon)) * rate;
            (Vector256.LoadUnsafe(ref s, at) - change).StoreUnsafe(ref s, at);
        }

        for (; n < scores.Length; n++)
        {
            float gradient = gradients[n] * weights[n];
            state[n] = state[n] * Decay + gradient * gradient * (1 - Decay);
            scores[n] -= gradient / (MathF.Sqrt(state[n]) + Epsilon) * rate;
        }
    }
}
