using SupSup.Core.Masks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>M = [S >= 0]; see <see cref="ThresholdMaskRule"/>.</summary>
internal sealed class GroupThresholdRule : IGroupMaskRule
{
    public string Name => "threshold";

    public Tensor Apply(Tensor scores, Tensor weights)
    {
        using Scalar zero = 0;
        using Tensor kept = scores.ge(zero);
        return weights.mul(kept);
    }
}
