using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>An <see cref="IScoreOptimizer"/> in tensor operations, for many tasks at once on any device.</summary>
internal interface IGroupOptimizer
{
    /// <summary>Name of the optimiser that it is.</summary>
    string Name { get; }

    /// <summary>One step on one layer.</summary>
    /// <param name="scores">Scores S, [tasks, out, in], updated in place.</param>
    /// <param name="gradients">Score gradients dL/dW_eff ⊙ W, [tasks, out, in]; may be overwritten.</param>
    /// <param name="state"><see cref="IScoreOptimizer.StatePerScore"/> tensors [tasks, out, in], updated in place.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="step">Steps done, this one included; 1 at the first.</param>
    void Update(Tensor scores, Tensor gradients, Tensor[] state, double learningRate, int step);
}
