using SupSup.Core.Masks;

namespace SupSup.Torch.Groups;

/// <summary>The mask rules that groups can be trained with, by name. A rule of <see cref="MaskRules"/> belongs here too.</summary>
internal static class GroupMaskRules
{
    private static readonly IGroupMaskRule[] All = [new GroupThresholdRule()];

    /// <summary>Finds a rule.</summary>
    /// <exception cref="ArgumentException">The rule has no form in tensor operations.</exception>
    public static IGroupMaskRule Get(string name) =>
        All.FirstOrDefault(rule => rule.Name == name)
        ?? throw new ArgumentException(
            $"mask rule '{name}' cannot be trained in groups; use one of {string.Join(", ", All.Select(rule => rule.Name))}, or train "
                + "task by task");
}
