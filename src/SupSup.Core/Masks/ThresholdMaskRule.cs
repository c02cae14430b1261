using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SupSup.Core.Masks;

/// <summary>M = [S >= 0], the rule that the paper uses on MNIST.</summary>
public sealed class ThresholdMaskRule : IMaskRule
{
    /// <inheritdoc/>
    public string Name => "threshold";

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, Span<float> effective)
    {
        // Slicing proves the lengths, so that the unchecked loads below stay inside.
        scores = scores[..effective.Length];
        weights = weights[..effective.Length];
        int n = 0;
        ref float s = ref MemoryMarshal.GetReference(scores);
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float e = ref MemoryMarshal.GetReference(effective);
        for (; n <= effective.Length - Vector256<float>.Count; n += Vector256<float>.Count)
        {
            Vector256<float> keep = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref s, (nuint)n), Vector256<float>.Zero);
            (Vector256.LoadUnsafe(ref w, (nuint)n) & keep).StoreUnsafe(ref e, (nuint)n);
        }

        for (; n < effective.Length; n++) effective[n] = scores[n] >= 0 ? weights[n] : 0;
    }

    /// <inheritdoc/>
    public void Pack(ReadOnlySpan<float> scores, Span<byte> bits)
    {
        bits.Clear();
        for (int n = 0; n < scores.Length; n++)
            if (scores[n] >= 0) bits[n >> 3] |= (byte)(1 << (n & 7));
    }
}
