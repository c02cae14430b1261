using SupSup.Core.Optimizers;

namespace SupSup.Torch.Groups;

/// <summary>An <see cref="IScoreOptimizer"/> as TorchScript, for many tasks at once on any device.</summary>
internal interface IGroupOptimizer
{
    /// <summary>Name of the optimiser that it is.</summary>
    string Name { get; }

    /// <summary>
    /// The function update(scores, gradients, state 0, state 1, ..., rate: float, correction: float): one step on one layer,
    /// the last two those of <see cref="StepSize"/>, all others tensors [tasks, out, in]. The gradients are those of the
    /// scores, dL/dW_eff ⊙ W. It returns a tuple of the new scores and the new states, and changes none of its arguments.
    /// </summary>
    string Script { get; }
}
