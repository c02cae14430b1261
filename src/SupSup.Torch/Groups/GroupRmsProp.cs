using SupSup.Core.Optimizers;

namespace SupSup.Torch.Groups;

/// <summary>The formulas of <see cref="RmsPropOptimizer"/>, in the same order of operations.</summary>
internal sealed class GroupRmsProp : IGroupOptimizer
{
    public string Name => "rmsprop";

    // The rest is that of float32's 0.99.
    public string Script => """
        def update(scores, gradients, squares, rate: float, correction: float):
            squares = squares * 0.99 + gradients * gradients * 0.00999999
            return scores - gradients / (squares.sqrt() + 1e-8) * rate, squares
        """;
}
