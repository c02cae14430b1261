using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>The formulas of <see cref="AdamOptimizer"/>, in the same order of operations.</summary>
internal sealed class GroupAdam : IGroupOptimizer
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;

    public string Name => "adam";

    public void Update(Tensor scores, Tensor gradients, Tensor[] state, double learningRate, int step)
    {
        using Scalar beta1 = Beta1, rest1 = 1 - Beta1, beta2 = Beta2, rest2 = 1 - Beta2, epsilon = 1e-8f;
        using Scalar correction = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)));
        using Scalar rate = (float)(-learningRate / (1 - Math.Pow(Beta1, step)));
        (Tensor means, Tensor squares) = (state[0], state[1]);
        means.mul_(beta1).add_(gradients, rest1);
        squares.mul_(beta2).addcmul_(gradients, gradients, rest2);
        using Tensor spread = squares.sqrt();
        spread.mul_(correction).add_(epsilon);
        scores.addcdiv_(means, spread, rate);
    }
}
