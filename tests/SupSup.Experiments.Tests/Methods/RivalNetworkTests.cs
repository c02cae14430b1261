using SupSup.Core.Networks;
using SupSup.Experiments.Methods;
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
        using RivalNetwork network = new(plan, l => new RivalLayer(
            tensor(weights[l], [plan.Shape.Layers[l].FanIn, plan.Shape.Layers[l].Outputs]),
            vectors: l == 0 && vectors ? (r, s) : null,
            rotation: l == 0 && rotated ? rotation.clone() : null));
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
    public void Given_inputs_of_another_size_when_predicted_then_it_is_refused()
    {
        using RivalNetwork network = Rivals.Create("one-network", SmallData.Settings).Learn(
            0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Throws<ArgumentException>(() => network.Predict(new float[SmallData.Inputs - 1], 1));
    }
}
