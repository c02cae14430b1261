using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SupSup.Core.Kernels;

namespace SupSup.Core.Masks;

/// <summary>M = [S >= 0], the rule that the paper uses on MNIST.</summary>
public sealed class ThresholdMaskRule : IMaskRule
{
    /// <inheritdoc/>
    public string Name => "threshold";

    /// <inheritdoc/>
    public unsafe void Apply(ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> effective)
    {
        int count = effective.Length;
        fixed (float* s = scores[..count], w = weights[..count], e = effective)
        {
            int done = Vector512.IsHardwareAccelerated ? Apply<Float512>(0, count, s, w, e) : Apply<Float256>(0, count, s, w, e);
            Apply<Float32>(done, count, s, w, e);
        }
    }

    /// <inheritdoc/>
    public void Pack(ReadOnlySpan<float> scores, Span<byte> bits)
    {
        bits.Clear();
        int n = 0;
        for (; n <= scores.Length - Vector256<float>.Count; n += Vector256<float>.Count)
            bits[n >> 3] = (byte)Vector256.GreaterThanOrEqual(Vector256.Create(scores[n..]), Vector256<float>.Zero).ExtractMostSignificantBits();
        for (; n < scores.Length; n++)
            if (scores[n] >= 0) bits[n >> 3] |= (byte)(1 << (n & 7));
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
