using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;

namespace SupSup.Core.Optimizers;

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
    public string Script { get; } = string.Create(CultureInfo.InvariantCulture, $"""
        def update(scores, gradients, squares, rate: float, correction: float):
            squares = squares * {Decay} + gradients * gradients * {1 - Decay}
            return scores - gradients / (squares.sqrt() + {Epsilon}) * rate, squares
        """);

    /// <inheritdoc/>
    public StepSize At(double learningRate, int step) => new((float)learningRate, 1);

    /// <inheritdoc/>
    public unsafe void Update(
        Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, StepSize size)
    {
        int count = scores.Length;
        fixed (float* s = scores, g = gradients[..count], w = weights[..count], v = state[..count])
        {
            int done = Vector512.IsHardwareAccelerated
                ? Update<Float512>(0, count, s, g, w, v, size) : Update<Float256>(0, count, s, g, w, v, size);
            Update<Float32>(done, count, s, g, w, v, size);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int Update<TVector>(int n, int count, float* s, float* g, float* w, float* v, StepSize size)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        TVector decay = TVector.Create(Decay), rest = TVector.Create(1 - Decay);
        TVector epsilon = TVector.Create(Epsilon), rate = TVector.Create(size.Rate);
        for (; n <= count - TVector.Count; n += TVector.Count)
        {
            TVector gradient = TVector.Load(g + n) * TVector.Load(w + n);
            TVector square = (TVector.Load(v + n) * decay) + (gradient * gradient * rest);
            TVector.Store(square, v + n);
            TVector.Store(TVector.Load(s + n) - (gradient / (TVector.Sqrt(square) + epsilon) * rate), s + n);
        }

        return n;
    }
}
