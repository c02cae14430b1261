namespace SupSup.Core.Inference;

/// <summary>H, the entropy of softmax over all s outputs (paper, section 3.3): dH/dz_j = -p_j (log p_j + H).</summary>
public sealed class EntropyObjective : IObjective
{
    /// <inheritdoc/>
    public string Name => "H";

    /// <summary>The entropy of softmax(logits), in nats.</summary>
    /// <param name="logits">Logits [s].</param>
    public static double Entropy(ReadOnlySpan<float> logits) => SoftmaxSums.Of(logits, logits.Length).Entropy;

    /// <inheritdoc/>
    public double Differentiate(ReadOnlySpan<float> logits, int classes, Span<float> gradient)
    {
        SoftmaxSums sums = SoftmaxSums.Of(logits, logits.Length);
        (double logSum, double entropy) = (sums.LogSum, sums.Entropy);
        for (int j = 0; j < logits.Length; j++)
        {
            double logP = logits[j] - logSum;
            gradient[j] = (float)(-Math.Exp(logP) * (logP + entropy));
        }

        return entropy;
    }

    /// <inheritdoc/>
    public void Check(int classes, int outputs)
    {
    }
}
