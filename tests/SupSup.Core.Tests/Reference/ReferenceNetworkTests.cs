using SupSup.Core.Networks;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Reference;

public sealed class ReferenceNetworkTests
{
    private const int Rows = 4;
    private const string Everything =
        "conv4-norm-relu-max3:2-res(conv6:3:2-norm-swish-conv6-norm|conv6:1:2-normbatch)-res(conv6)-swish-average-7-normbatch/2x8x8-5";

    private static readonly int[] Labels = [0, 3, 4, 1];

    [Theory]
    [InlineData(Everything)]
    [InlineData("9-relu/6-5")]
    public void Given_a_plan_when_differentiated_then_gradients_are_the_slopes_of_the_loss(string text)
    {
        const float Step = 1.0f / 65536;
        set_num_threads(1);
        NetworkPlan plan = Plans.Parse(text);
        float[][] weights = Weights(plan);
        float[] inputs = RandomData.Floats(Rows * plan.Inputs, 1);
        ReferencePass pass = Run(weights);

        for (int l = 0; l < weights.Length; l++)
        {
            for (int n = 0; n < weights[l].Length; n += 1 + (weights[l].Length / 5))
            {
                float at = weights[l][n];
                (float above, float below) = (at + Step, at - Step);
                weights[l][n] = above;
                double rise = Run(weights).Loss;
                weights[l][n] = below;
                rise -= Run(weights).Loss;
                weights[l][n] = at;
                Assert.Equal(rise / (above - below), pass.Gradients[l][n], 1e-4);
            }
        }

        Assert.All(pass.Gradients, static gradients => Assert.True(gradients.Max(Math.Abs) > 5e-3, "too small to tell anything"));
        Assert.Equal(plan.Leaves.Count(), pass.Outputs.Count);
        Assert.Equal(pass.Logits, pass.Outputs[^1]);

        ReferencePass Run(float[][] effective)
        {
            using var network = new ReferenceNetwork(plan, effective, ScalarType.Float64);
            return network.Differentiate(inputs, Labels);
        }
    }

    [Fact]
    public void Given_a_batch_when_normalised_by_it_then_running_statistics_take_in_a_tenth_and_answers_go_by_them()
    {
        NetworkPlan plan = Plans.Parse("flatten-norm/3-2");
        float[] inputs = [1, 2, 3, 4, 0, -3, 1, 1, 3, 6, 5, 1];
        using var network = new ReferenceNetwork(plan, [[1, 0, 0, 0, 1, 0]]);

        network.Differentiate(inputs, Labels[..1].Concat([1, 0, 1]).ToArray());

        // Means of the columns are 3, 2 and 1; sums of squared differences 18, 14 and 24, of which a running variance has a third.
        Assert.Equal([0.3f, 0.2f, 0.1f, 1.5f, 0.9f + (1.4f / 3), 1.7f], network.Statistics, (a, b) => Math.Abs(a - b) < 1e-6);
        network.Statistics = [1, 2, 3, 4, 9, 16];
        Assert.Equal([1, 4f / 3], network.Logits([3, 6, 100]), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    private static float[][] Weights(NetworkPlan plan) =>
        [.. plan.Shape.Layers.Select((layer, l) => RandomData.Floats(layer.Count, l, (float)Math.Sqrt(6.0 / layer.FanIn)))];
}
