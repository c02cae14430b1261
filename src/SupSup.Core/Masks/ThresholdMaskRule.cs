using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>M = [S >= 0] with the gradient of S straight-through: the rule that the paper uses on MNIST.</summary>
public sealed class ThresholdMaskRule : IMaskRule
{
    /// <inheritdoc/>
    public string Name => "threshold";

    /// <inheritdoc/>
    public bool IsLocal => true;

    /// <inheritdoc/>
    public string Script => """
        def effective(scores, weights, kept: int):
            return weights * (scores >= 0)

        def differentiate(scores, gradients):
            return gradients
        """;

    /// <inheritdoc/>
    public int Kept(LayerShape layer) => layer.Count;

    /// <inheritdoc/>
    public MaskThreshold Threshold(LayerShape layer, ReadOnlySpan<float> scores, int used, int width) => default;

    /// <inheritdoc/>
    public unsafe void Apply(
        ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, MaskThreshold threshold, int at, Span<float> effective)
    {
        int count = effective.Length;
        fixed (float* s = scores[..count], w = weights[..count], e = effective)
        {
            int done = Vector512.IsHardwareAccelerated ? Apply<Float512>(0, count, s, w, e) : Apply<Float256>(0, count, s, w, e);
            Apply<Float32>(done, count, s, w, e);
        }
    }

    /// <inheritdoc/>
    public void Differentiate(ReadOnlySpan<float> scores, Span<float> gradients)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int Apply<TVector>(int n, int count, float* s, float* w, float* e)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (; n <= count - TVector.Count; n += TVector.Count)
            TVector.Store(TVector.WhereNotNegative(TVector.Load(s + n), TVector.Load(w + n)), e + n);
        return n;
    }
}
