namespace SupSup.Core.Inference;

/// <summary>H, the entropy of softmax over all s outputs (paper, section 3.3): dH/dz_j = -p_j (log p_j + H).</summary>
public sealed class EntropyObjective : IObjective
{
    /// <inheritdoc/>
    public string Name => "H";

    /// <summary>The entropy of softmax(logits), in nats.</summary>
    /// <param name="logits">Logits [s].</param>
    public static double Entropy(ReadOnlySpan<float> logits)
    {
        double logSum = LogSumExp.Of(logits);
        double entropy = 0;
        foreach (float z in logits)
        {
            double logP = z - logSum;
            entropy -= Math.Exp(logP) * logP;
        }

        return entropy;
    }

    /// <inheritdoc/>
    public double Differentiate(ReadOnlySpan<float> logits, int classes, Span<float> gradient)
    {
        double logSum = LogSumExp.Of(logits);
        double entropy = Entropy(logits);
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
