using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// Turns the real scores of a layer into its mask, and says how the loss depends on them. A new rule is a new file and an
/// entry in <see cref="MaskRules"/>. Rules hold no state; every bit that they compute is the same at every register width.
/// </summary>
public interface IMaskRule
{
    /// <summary>The text by which model specs refer to the rule, parameters included.</summary>
    string Name { get; }

    /// <summary>Whether a weight's own score decides alone; the threshold is then always the default.</summary>
    bool IsLocal { get; }

    /// <summary>
    /// The rule as TorchScript, for many tasks at once on any device: two functions of scores [tasks, out, in] that give a new tensor of
    /// that size and change none of their arguments. effective(scores, weights, kept: int) is W ⊙ M(S) of one layer with weights
    /// [out, in], kept being <see cref="Kept"/>; differentiate(scores, gradients) is <see cref="Differentiate"/>. Bit for bit what this
    /// rule computes.
    /// </summary>
    string Script { get; }

    /// <summary>How many weights of a layer the rule keeps; of a local rule, which does not count them, at most.</summary>
    /// <param name="layer">The layer.</param>
    int Kept(LayerShape layer);

    /// <summary>Finds what a whole layer's scores are held against.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="scores">All its scores: rows of as many as one side of the matrix has, each filled up to the width.</param>
    /// <param name="used">Scores of a row.</param>
    /// <param name="width">Floats from one row to the next.</param>
    MaskThreshold Threshold(LayerShape layer, ReadOnlySpan<float> scores, int used, int width);

    /// <summary>Writes W ⊙ M(scores) of any run of one layer's weights.</summary>
    /// <param name="scores">Scores S.</param>
    /// <param name="weights">Fixed weights W, as many; never 0 but in what fills a row.</param>
    /// <param name="threshold">The layer's threshold.</param>
    /// <param name="at">Where in the span of all the layer's scores the run begins.</param>
    /// <param name="effective">Receives W where the mask keeps the weight, else 0.</param>
    void Apply(ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, MaskThreshold threshold, int at, Span<float> effective);

    /// <summary>
    /// Turns gradients of kept weights' factors into those of scores, but for the factor W, which optimisers multiply by:
    /// dL/dS = dL/dW_eff ⊙ W ⊙ (what this multiplies by), kept or not.
    /// </summary>
    /// <param name="scores">Scores S.</param>
    /// <param name="gradients">dL/dW_eff, changed in place.</param>
    void Differentiate(ReadOnlySpan<float> scores, Span<float> gradients);
}
