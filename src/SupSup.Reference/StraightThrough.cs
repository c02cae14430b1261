using static TorchSharp.torch;

namespace SupSup.Reference;

/// <summary>
/// From real scores S to a mask M of zeros and ones. M has no useful derivative, so backward it counts as the identity
/// (straight-through): the gradient of S is that of M.
/// </summary>
public static class StraightThrough
{
    /// <summary>M = [S >= 0]: the rule of the paper's MNIST experiments. dL/dS = dL/dM.</summary>
    /// <param name="scores">S of a layer.</param>
    public static Tensor Threshold(Tensor scores) => NotNegative.apply(scores);

    /// <summary>
    /// M = 1 for the largest |S| of the layer, equal ones included: the rule of the paper's convolutional networks. dL/dS = sign(S) dL/dM,
    /// for weights that are not kept too.
    /// </summary>
    /// <param name="scores">S of a layer.</param>
    /// <param name="density">Which part of the weights is kept, above 0 and at most 1.</param>
    public static Tensor TopK(Tensor scores, double density)
    {
        Tensor size = scores.abs();
        long dropped = (long)((1 - density) * scores.numel());
        return NotNegative.apply(size - size.detach().flatten().kthvalue(dropped + 1, 0).values);
    }

    private sealed class NotNegative : autograd.SingleTensorFunction<NotNegative>
    {
        public override string Name => nameof(NotNegative);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Tensor values = (Tensor)vars[0];
            return values.ge(zeros([], values.dtype)).to(values.dtype);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [grad_output];
    }
}
