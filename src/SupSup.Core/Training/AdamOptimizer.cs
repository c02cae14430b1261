using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Training;

/// <summary>Adam (Kingma and Ba 2015) with bias correction, betas 0.9 and 0.999, epsilon 1e-8.</summary>
public sealed class AdamOptimizer : IScoreOptimizer
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    /// <inheritdoc/>
    public string Name => "adam";

    /// <inheritdoc/>
    public int StatePerScore => 2;

    /// <inheritdoc/>
    public void Update(Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, double learningRate, int step)
    {
        gradients = gradients[..scores.Length];
        weights = weights[..scores.Length];
        Span<float> means = state[..scores.Length];
        Span<float> squares = state.Slice(scores.Length, scores.Length);

        // S -= rate · (m / c1) / (sqrt(v / c2) + eps), with the corrections folded into two scalars.
        float rate = (float)(learningRate / (1 - Math.Pow(Beta1, step)));
        float correction = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)));
        ref float s = ref MemoryMarshal.GetReference(scores);
        ref float g = ref MemoryMarshal.GetReference(gradients);
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float m = ref MemoryMarshal.GetReference(means);
        ref float v = ref MemoryMarshal.GetReference(squares);
        int n = 0;
        for (; n <= scores.Length - Vector256<float>.Count; n += Vector256<float>.Count)
        {
            nuint at = (nuint)n;
            Vector256<float> gradient = Vector256.LoadUnsafe(ref g, at) * Vector256.LoadUnsafe(ref w, at);
            Vector256<float> mean = Vector256.LoadUnsafe(ref m, at) * Beta1 + gradient * (1 - Beta1);
            Vector256<float> square = Vector256.LoadUnsafe(ref v, at) * Beta2 + gradient * gradient * (1 - Beta2);
            mean.StoreUnsafe(ref m, at);
            square.StoreUnsafe(ref v, at);
            Vector256<float> change = mean / (Vector256.Sqrt(square) * correction + Vector256.Create(Epsilon)) * rate;
            (Vector256.LoadUnsafe(ref s, at) - change).StoreUnsafe(ref s, at);
        }

        for (; n < scores.Length; n++)
        {
            float gradient = gradients[n] * weights[n];
            means[n] = means[n] * Beta1 + gradient * (1 - Beta1);
            squares[n] = squares[n] * Beta2 + gradient * gradient * (1 - Beta2);
            scores[n] -= means[n] / (MathF.Sqrt(squares[n]) * correction + Epsilon) * rate;
        }
    }
}
