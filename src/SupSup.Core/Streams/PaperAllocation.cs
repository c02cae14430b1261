using System.Numerics.Tensors;

namespace SupSup.Core.Streams;

/// <summary>
/// The paper's rule for a stream without task identity (section 3.4): ν = softmax(−∇_α H) of the batch; where
/// k · max ν stays below 1 + 2⁻³, no mask stands out and a new one is allocated.
/// </summary>
public static class PaperAllocation
{
    // As the paper's code has it: 1.125 / k, with k at least 5.
    private const double Threshold = 1.125;
    private const int FewestMasks = 5;

    /// <summary>The mask that a batch belongs to.</summary>
    /// <param name="scores">−∂H/∂α of the batch for each of the k masks.</param>
    /// <returns>The mask with the largest ν, or null where none stands out, or there is none.</returns>
    public static int? Choose(ReadOnlySpan<float> scores)
    {
        if (scores.IsEmpty) return null;
        int best = TensorPrimitives.IndexOfMax(scores);

        // The code counts masks up to five that are not allocated yet; untrained, they have no gradient to speak of.
        double sum = Math.Max(0, FewestMasks - scores.Length) * Math.Exp(-scores[best]);
        foreach (float score in scores) sum += Math.Exp(score - scores[best]);
        return Math.Max(scores.Length, FewestMasks) / sum < Threshold ? null : best;
    }
}
