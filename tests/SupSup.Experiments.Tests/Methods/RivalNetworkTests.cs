using SupSup.Core.Networks;
using SupSup.Experiments.Methods;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Experiments.Tests.Methods;

public sealed class RivalNetworkTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Given_vectors_and_rotations_or_neither_when_run_then_a_layer_is_s_W_O_r_x(bool vectors, bool rotated)
    {
        NetworkPlan plan = NetworkPlan.Dense(6, [5], 4);
        float[][] weights = [Draws.KaimingNormal(plan.Shape, 0, 1), Draws.KaimingNormal(plan.Shape, 1, 1)];
        float[] r = [1, -1, 2, 1, -3, 1];
        float[] s = [1, 2, -1, -2, 1];
        using Tensor rotation = Draws.Rotation(6, 0, 1);
        float[,] o = Matrix([.. rotation.data<float>()], 6, 6);
        using RivalNetwork network = new(
            plan,
            weights,
            vectors: vectors ? l => l == 0 ? (r, s) : ([.. s.Select(static _ => 1f)], [1, 1, 1, 1]) : null,
            rotation: l => l == 0 && rotated ? rotation.clone() : null);
        float[] inputs = [.. SmallData.Test(0, 2)[..(4 * 6)]];

        int[] classes = network.Predict(inputs, 4);

        for (int row = 0; row < 4; row++)
        {
            float[] x = [.. inputs[(row * 6)..((row + 1) * 6)].Select((value, n) => vectors ? value * r[n] : value)];
            if (rotated) x = Product(x, o);
            float[] hidden = [.. Product(x, Matrix(weights[0], 6, 5)).Select((value, n) => Math.Max(0, vectors ? value * s[n] : value))];
            float[] outputs = Product(hidden, Matrix(weights[1], 5, 4));
            Assert.Equal(Array.IndexOf(outputs, outputs.Max()), classes[row]);
        }

        static float[] Product(float[] row, float[,] matrix) =>
            [.. Enumerable.Range(0, matrix.GetLength(1)).Select(j => row.Select((value, i) => value * matrix[i, j]).Sum())];

        static float[,] Matrix(float[] values, int rows, int columns)
        {
            float[,] matrix = new float[rows, columns];
            Buffer.BlockCopy(values, 0, matrix, 0, values.Length * sizeof(float));
            return matrix;
        }
    }

    [Fact]
    public void Given_vectors_over_pictures_when_run_then_a_convolution_has_its_weights_times_those_of_both_channels()
    {
        NetworkPlan plan = Plans.Parse("conv5:3:2-norm-relu-res(conv7-norm|conv7:1)-swish-average/2x6x7-4");
        float[][] weights = [.. plan.Shape.Layers.Select((_, l) => Draws.KaimingNormal(plan.Shape, l, 1))];
        (float[] Inputs, float[] Outputs)[] vectors = [.. plan.Shape.Layers.Select((layer, l) =>
            (Draws.KaimingNormal(plan.Shape, l, 2)[..layer.Inputs], Draws.KaimingNormal(plan.Shape, l, 3)[..layer.Outputs]))];
        float[][] effective = [.. plan.Shape.Layers.Select((layer, l) => Enumerable.Range(0, layer.Count).Select(n =>
        {
            (int output, int column) = Math.DivRem(n, layer.FanIn);
            return vectors[l].Outputs[output] * weights[l][(column * layer.Outputs) + output] * vectors[l].Inputs[column / layer.Window];
        }).ToArray())];
        float[] inputs = SmallData.Test(0, 6);
        using ReferenceNetwork reference = new(plan, effective);
        reference.Differentiate(inputs, [0, 1, 2]);
        float[] statistics = reference.Statistics;
        float[][] norms = [Norm(0, 5), Norm(5, 7)];

        using RivalNetwork network = new(plan, [.. weights, .. norms], vectors: l => vectors[l]);
        network.eval();
        using Tensor logits = network.call(tensor(inputs, [3, plan.Inputs]));

        Assert.Equal(reference.Logits(inputs), logits.data<float>().ToArray(), static (a, b) => Math.Abs(a - b) < 1e-4);

        float[] Norm(int from, int channels) =>
        [
            .. Enumerable.Repeat(1f, channels), .. new float[channels],
            .. statistics.AsSpan(from, channels), .. statistics.AsSpan(12 + from, channels),
        ];
    }

    [Fact]
    public void Given_scale_and_shift_when_normalised_then_they_come_after_the_running_statistics()
    {
        float[] values = [2, 1, 3, 0, 5, 1, 1, 2, 3, 4, 9, 16]; // scales, shifts, means, variances
        using RivalNetwork network = new(Plans.Parse("flatten-norm/3-2"), [[1, 0, 0, 1, 0, 0], values]);
        network.eval();

        using Tensor logits = network.call(tensor(new float[] { 3, 8, 100 }, [1, 3]));

        Assert.Equal([2, 7], logits.data<float>().ToArray(), static (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Given_inputs_of_another_size_when_predicted_then_it_is_refused()
    {
        using RivalNetwork network = Rivals.Create("one-network", SmallData.Settings).Learn(
            0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Throws<ArgumentException>(() => network.Predict(new float[SmallData.Inputs - 1], 1));
    }
}
