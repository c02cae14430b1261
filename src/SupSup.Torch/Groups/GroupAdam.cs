using SupSup.Core.Optimizers;

namespace SupSup.Torch.Groups;

/// <summary>The formulas of <see cref="AdamOptimizer"/>, in the same order of operations.</summary>
internal sealed class GroupAdam : IGroupOptimizer
{
    public string Name => "adam";

    // The rests are those of float32's 0.9 and 0.999.
    public string Script => """
        def update(scores, gradients, means, squares, rate: float, correction: float):
            means = means * 0.9 + gradients * 0.100000024
            squares = squares * 0.999 + gradients * gradients * 0.0009999871
            return scores - means / (squares.sqrt() * correction + 1e-8) * rate, means, squares
        """;
}
