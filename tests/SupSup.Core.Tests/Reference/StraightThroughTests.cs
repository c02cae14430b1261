using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Reference;

public sealed class StraightThroughTests
{
    private static readonly float[] Values = [-3, 0.5f, 0, -0.25f, 2, -1];

    [Fact]
    public void Given_scores_when_thresholded_then_those_from_zero_up_are_kept_and_the_gradient_is_the_masks()
    {
        using Tensor scores = tensor(Values, requires_grad: true);

        using Tensor mask = StraightThrough.Threshold(scores);
        (mask * tensor(Values)).sum().backward();

        Assert.Equal([0, 1, 1, 0, 1, 0], mask.data<float>());
        Assert.Equal(Values, scores.grad!.data<float>());
    }

    [Theory]
    [InlineData(0.5, new float[] { 1, 0, 0, 0, 1, 1 })]
    [InlineData(0.4, new float[] { 1, 0, 0, 0, 1, 1 })] // 6 - int(0.6 · 6) are kept, as the paper's code counts
    [InlineData(0.1, new float[] { 1, 0, 0, 0, 0, 0 })]
    [InlineData(1.0, new float[] { 1, 1, 1, 1, 1, 1 })]
    public void Given_a_density_when_the_largest_are_kept_then_the_gradient_has_the_scores_signs(double density, float[] kept)
    {
        using Tensor scores = tensor(Values, requires_grad: true);

        using Tensor mask = StraightThrough.TopK(scores, density);
        mask.sum().backward();

        Assert.Equal(kept, mask.data<float>());
        Assert.Equal([-1, 1, 0, -1, 1, -1], scores.grad!.data<float>());
    }
}
