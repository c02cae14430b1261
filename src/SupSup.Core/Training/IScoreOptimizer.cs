namespace SupSup.Core.Training;

/// <summary>Updates the scores of one layer in place. A new optimiser is a new file and an entry in <see cref="ScoreOptimizers"/>.</summary>
public interface IScoreOptimizer
{
    /// <summary>The name by which recipes refer to it.</summary>
    string Name { get; }

    /// <summary>How many state values it keeps per score; they start at zero.</summary>
    int StatePerScore { get; }

    /// <summary>One step on one layer. The score gradient is straight-through: dL/dS = dL/dW_eff ⊙ W.</summary>
    /// <param name="scores">Scores S, updated.</param>
    /// <param name="gradients">dL/dW_eff.</param>
    /// <param name="weights">Fixed weights W.</param>
    /// <param name="state"><see cref="StatePerScore"/> runs of one value per score, updated.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="step">Steps done, this one included; 1 at the first.</param>
    void Update(Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, double learningRate, int step);
}
