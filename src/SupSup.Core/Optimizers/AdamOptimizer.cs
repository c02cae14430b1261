using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;

namespace SupSup.Core.Optimizers;

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
    public string Script { get; } = string.Create(CultureInfo.InvariantCulture, $"""
        def update(scores, gradients, means, squares, rate: float, correction: float):
            means = means * {Beta1} + gradients * {1 - Beta1}
            squares = squares * {Beta2} + gradients * gradients * {1 - Beta2}
            return scores - means / (squares.sqrt() * correction + {Epsilon}) * rate, means, squares
        """);

    /// <inheritdoc/>
    // S -= rate · (m / c1) / (sqrt(v / c2) + eps), with the corrections folded into two scalars.
    public StepSize At(double learningRate, int step) =>
        new((float)(learningRate / (1 - Math.Pow(Beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step))));

    /// <inheritdoc/>
    public unsafe void Update(
        Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, StepSize size)
    {
        int count = scores.Length;
        fixed (float* s = scores, g = gradients[..count], w = weights[..count], m = state[..count], v = state.Slice(count, count))
        {
            int done = Vector512.IsHardwareAccelerated
                ? Update<Float512>(0, count, s, g, w, m, v, size) : Update<Float256>(0, count, s, g, w, m, v, size);
            Update<Float32>(done, count, s, g, w, m, v, size);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int Update<TVector>(int n, int count, float* s, float* g, float* w, float* m, float* v, StepSize size)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector beta1 = TVector.Create(Beta1), rest1 = TVector.Create(1 - Beta1);
        TVector beta2 = TVector.Create(Beta2), rest2 = TVector.Create(1 - Beta2);
        TVector epsilon = TVector.Create(Epsilon), rate = TVector.Create(size.Rate), correction = TVector.Create(size.Correction);
        for (; n <= count - TVector.Count; n += TVector.Count)
        {
            TVector gradient = TVector.Load(g + n) * TVector.Load(w + n);
            TVector mean = (TVector.Load(m + n) * beta1) + (gradient * rest1);
            TVector square = (TVector.Load(v + n) * beta2) + (gradient * gradient * rest2);
            TVector.Store(mean, m + n);
            TVector.Store(square, v + n);
            TVector.Store(TVector.Load(s + n) - (mean / ((TVector.Sqrt(square) * correction) + epsilon) * rate), s + n);
        }

        return n;
    }
}
