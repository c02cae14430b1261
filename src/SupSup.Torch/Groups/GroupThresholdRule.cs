using SupSup.Core.Masks;

namespace SupSup.Torch.Groups;

/// <summary>M = [S >= 0]; see <see cref="ThresholdMaskRule"/>.</summary>
internal sealed class GroupThresholdRule : IGroupMaskRule
{
    public string Name => "threshold";

    public string Script => """
        def effective(scores, weights):
            return weights * (scores >= 0)
        """;
}
