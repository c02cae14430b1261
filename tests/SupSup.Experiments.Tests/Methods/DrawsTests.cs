using SupSup.Core.Networks;
using SupSup.Experiments.Methods;
using static TorchSharp.torch;

namespace SupSup.Experiments.Tests.Methods;

public sealed class DrawsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(33)]
    [InlineData(300)]
    public void Given_any_size_when_a_rotation_is_drawn_then_its_rows_are_orthonormal(int size)
    {
        using Tensor rotation = Draws.Rotation(size, 0, 4);

        Assert.True(rotation.mm(rotation.t()).allclose(eye(size), 0, 1e-5));
    }

    [Fact]
    public void Given_seed_and_layer_when_drawn_again_then_the_rotation_is_the_same_and_that_of_others_is_not()
    {
        float[] rotation = Rotation(4, 1, 20);

        Assert.Equal(rotation, Rotation(4, 1, 20));
        Assert.NotEqual(rotation, Rotation(5, 1, 20));
        Assert.NotEqual(rotation, Rotation(4, 2, 20));
    }

    // By Haar's measure on O(n), n at least 2, the trace has mean 0 and variance 1, its fourth power mean 3 (n at least 4),
    // and every element mean square 1/n; a factor of QR without the signs fails the first.
    [Fact]
    public void Given_many_draws_when_measured_then_trace_and_elements_have_the_moments_of_the_uniform_measure()
    {
        const int Size = 5;
        const int Draws = 10_000;
        double mean = 0, square = 0, fourth = 0;
        double[] elements = new double[Size * Size];
        double[] sums = new double[Size * Size];
        for (int draw = 0; draw < Draws; draw++)
        {
            float[] rotation = Rotation((ulong)draw, 0, Size);
            double trace = Enumerable.Range(0, Size).Sum(n => rotation[n * (Size + 1)]);
            mean += trace / Draws;
            square += trace * trace / Draws;
            fourth += Math.Pow(trace, 4) / Draws;
            for (int n = 0; n < elements.Length; n++)
            {
                sums[n] += rotation[n] / Draws;
                elements[n] += (double)rotation[n] * rotation[n] / Draws;
            }
        }

        Assert.Equal(0, mean, 0.05);
        Assert.Equal(1, square, 0.06);
        Assert.Equal(3, fourth, 0.5);
        Assert.All(sums, static value => Assert.Equal(0, value, 0.025));
        Assert.All(elements, static value => Assert.Equal(1.0 / Size, value, 0.012));
    }

    [Fact]
    public void Given_one_seed_when_weights_are_drawn_then_they_have_the_deviation_they_should_and_are_the_same_again()
    {
        LayerShape layer = SmallData.Shape.Layers[0];
        float[] kaiming = Draws.KaimingNormal(SmallData.Shape, 0, 9);

        Assert.Equal(Math.Sqrt(2.0 / layer.FanIn), Deviation(kaiming), 0.01);
        Assert.Equal(Math.Sqrt(2.0 / (layer.FanIn + layer.Outputs)), Deviation(Draws.XavierNormal(SmallData.Shape, 0, 9)), 0.01);
        Assert.Equal(kaiming, Draws.KaimingNormal(SmallData.Shape, 0, 9));
        Assert.NotEqual(kaiming, Draws.KaimingNormal(SmallData.Shape, 0, 10));

        static double Deviation(float[] weights) => Math.Sqrt(weights.Average(static weight => (double)weight * weight));
    }

    [Fact]
    public void Given_one_seed_when_signs_are_drawn_then_they_are_plus_and_minus_one_for_each_input_and_output()
    {
        (float[] inputs, float[] outputs) = Draws.Signs(SmallData.Shape, 0, 9);

        Assert.Equal((SmallData.Shape.Layers[0].FanIn, SmallData.Shape.Layers[0].Outputs), (inputs.Length, outputs.Length));
        Assert.Equal([-1, 1], inputs.Concat(outputs).Distinct().Order());
    }

    private static float[] Rotation(ulong taskSeed, int layer, int size)
    {
        using Tensor rotation = Draws.Rotation(size, layer, taskSeed);
        return rotation.data<float>().ToArray();
    }
}
