using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>The formulas of <see cref="RmsPropOptimizer"/>, in the same order of operations.</summary>
internal sealed class GroupRmsProp : IGroupOptimizer
{
    private const float Decay = 0.99f;

    public string Name => "rmsprop";

    public void Update(Tensor scores, Tensor gradients, Tensor[] state, double learningRate, int step)
    {
        using Scalar decay = Decay, rest = 1 - Decay, epsilon = 1e-8f, rate = (float)-learningRate;
        Tensor squares = state[0];
        squares.mul_(decay).addcmul_(gradients, gradients, rest);
        using Tensor spread = squares.sqrt();
        spread.add_(epsilon);
        scores.addcdiv_(gradients, spread, rate);
    }
}
