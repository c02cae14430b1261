using SupSup.Core.Naming;

namespace SupSup.Core.Optimizers;

/// <summary>Updates scores in place. A new optimiser is a new file and an entry in <see cref="ScoreOptimizers"/>.</summary>
public interface IScoreOptimizer : INamed
{
    /// <summary>How many state values it keeps per score; they start at zero.</summary>
    int StatePerScore { get; }

    /// <summary>
    /// The same step as TorchScript, for the scores of many tasks at once on any device: the function update(scores,
    /// gradients, state 0, state 1, ..., rate: float, correction: float). The last two are those of <see cref="StepSize"/>, all
    /// others tensors [tasks, out, in]. The gradients are those of the scores, dL/dW_eff ⊙ W. It returns a tuple of the new
    /// scores and the new states, in the order of operations of <see cref="Update"/>, and changes none of its arguments.
    /// </summary>
    string Script { get; }

    /// <summary>The scalars of one step.</summary>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="step">Steps done, this one included; 1 at the first.</param>
    StepSize At(double learningRate, int step);

    /// <summary>
    /// One step on any run of scores. The score gradient is straight-through: dL/dS = dL/dW_eff ⊙ W. Every bit of the
    /// result is the same at every register width.
    /// </summary>
    /// <param name="scores">Scores S, updated.</param>
    /// <param name="gradients">dL/dW_eff.</param>
    /// <param name="weights">Fixed weights W.</param>
    /// <param name="state"><see cref="StatePerScore"/> runs of one value per score, updated.</param>
    /// <param name="size">The scalars of this step.</param>
    /// <exception cref="ArgumentException">A span is shorter than the scores; nothing was changed.</exception>
    void Update(Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, StepSize size);
}
