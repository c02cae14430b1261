using SupSup.Core.Optimizers;

namespace SupSup.Torch.Groups;

/// <summary>The optimisers that groups can be trained with, by name. An optimiser of
/// <see cref="ScoreOptimizers"/> belongs here too.</summary>
internal static class GroupOptimizers
{
    private static readonly IGroupOptimizer[] All = [new GroupRmsProp(), new GroupAdam()];

    /// <summary>Finds an optimiser.</summary>
    /// <exception cref="ArgumentException">The optimiser has no form in tensor operations.</exception>
    public static IGroupOptimizer Get(string name) =>
        All.FirstOrDefault(optimizer => optimizer.Name == name)
        ?? throw new ArgumentException(
            $"optimizer '{name}' cannot train groups; use one of {string.Join(", ", All.Select(optimizer => optimizer.Name))}, or train "
                + "task by task");
}
