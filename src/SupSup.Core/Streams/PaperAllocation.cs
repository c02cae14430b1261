using System.Numerics.Tensors;

namespace SupSup.Core.Streams;

/// <summary>
/// The paper's rule for a stream without task identity (section 3.4): ν = softmax(−∇_α H) of the batch; where
/// k · max ν stays below 1 + 2⁻³, no mask stands out and a new one is allocated.
/// </summary>
public static class PaperAllocation
{
    /// <summary>The paper's code superimposes so many masks at least: where fewer are allocated, untrained ones beside them.</summary>
    public const int FewestMasks = 5;

    // As the paper's code has it: 1.125 / k.
    private const double Threshold = 1.125;

    /// <summary>The mask that a batch belongs to.</summary>
    /// <param name="scores">−∂H/∂α of the batch for each of the k masks superimposed, of which there are at least
    /// <see cref="FewestMasks"/>, those allocated first.</param>
    /// <param name="allocated">Number of masks allocated.</param>
    /// <returns>The mask with the largest ν, or null where none stands out, or one that is not allocated.</returns>
    /// <exception cref="ArgumentException">There are fewer scores than the rule superimposes, or than there are masks.</exception>
    public static int? Choose(ReadOnlySpan<float> scores, int allocated)
    {
        if (scores.Length < Math.Max(allocated, FewestMasks))
            throw new ArgumentException(
                $"{scores.Length} scores are not of {allocated} masks, and of {FewestMasks} at least", nameof(scores));
        int best = TensorPrimitives.IndexOfMax(scores);
        double sum = 0;
        foreach (float score in scores) sum += Math.Exp(score - scores[best]);
        return best >= allocated || scores.Length / sum < Threshold ? null : best;
    }
}
