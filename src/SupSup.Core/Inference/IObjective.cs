using SupSup.Core.Naming;

namespace SupSup.Core.Inference;

/// <summary>
/// What the gradient over the superposition coefficients descends. A new objective is a new file and an entry in
/// <see cref="Objectives"/>.
/// </summary>
public interface IObjective : INamed
{
    /// <summary>Computes the objective of one row of logits, and its gradient.</summary>
    /// <param name="logits">Logits [s].</param>
    /// <param name="classes">Number of real classes; outputs from there on are superfluous.</param>
    /// <param name="gradient">Receives d(objective)/d(logits) [s].</param>
    /// <returns>The objective, in nats.</returns>
    double Differentiate(ReadOnlySpan<float> logits, int classes, Span<float> gradient);

    /// <summary>Checks that the objective means something for a network.</summary>
    /// <param name="classes">Real classes.</param>
    /// <param name="outputs">Output size s.</param>
    /// <exception cref="ArgumentException">It does not; the message says what to use instead.</exception>
    void Check(int classes, int outputs);
}
