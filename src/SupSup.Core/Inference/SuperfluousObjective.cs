namespace SupSup.Core.Inference;

/// <summary>
/// G = logsumexp(logits) with the real-class logits detached (paper, section 3.3 and appendix), so that the gradient
/// flows through the superfluous outputs only, which a trained mask drives down: dG/dz_j = p_j for j >= classes, else 0.
/// </summary>
public sealed class SuperfluousObjective : IObjective
{
    /// <inheritdoc/>
    public string Name => "G";

    /// <inheritdoc/>
    public double Differentiate(ReadOnlySpan<float> logits, int classes, Span<float> gradient)
    {
        double logSum = LogSumExp.Of(logits);
        gradient[..classes].Clear();
        for (int j = classes; j < logits.Length; j++) gradient[j] = (float)Math.Exp(logits[j] - logSum);
        return logSum;
    }

    /// <inheritdoc/>
    public void Check(int classes, int outputs)
    {
        if (outputs <= classes)
            throw new ArgumentException(
                $"objective G needs superfluous outputs, but the model has {outputs} outputs for {classes} classes; use objective H, or a "
                    + "model with more outputs");
    }
}
