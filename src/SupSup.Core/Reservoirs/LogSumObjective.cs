using SupSup.Core.Inference;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// −log Σ exp of all logits, the evidence for an input (docs/inference.md) with its sign turned: low where a logit is large. The entropy is
/// low also under other tasks' masks that are wrong and sure of it.
/// </summary>
internal sealed class LogSumObjective : IObjective
{
    /// <inheritdoc/>
    public string Name => "log-sum";

    /// <inheritdoc/>
    public double Differentiate(ReadOnlySpan<float> logits, int classes, Span<float> gradient)
    {
        double sum = SoftmaxSums.Of(logits, logits.Length).LogSum;
        for (int j = 0; j < logits.Length; j++) gradient[j] = -(float)Math.Exp(logits[j] - sum);
        return -sum;
    }

    /// <inheritdoc/>
    public void Check(int classes, int outputs)
    {
    }
}
