using static TorchSharp.torch;

namespace SupSup.Peers;

/// <summary>M = [S >= 0] forward, the identity backward (paper, section 3.1), as a function of autograd's.</summary>
internal sealed class StraightThrough : autograd.SingleTensorFunction<StraightThrough>
{
    /// <inheritdoc/>
    public override string Name => nameof(StraightThrough);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).ge(0).to(float32);

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [grad_output];
}
