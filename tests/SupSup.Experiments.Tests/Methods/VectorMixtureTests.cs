using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Experiments.Methods;
using SupSup.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Tests.Methods;

public sealed class VectorMixtureTests
{
    private const int Tasks = 6;

    private static readonly NetworkShape Shape = NetworkPlan.Dense(9, [7, 8], 5).Shape;

    [Theory]
    [InlineData(LayerSelection.All)]
    [InlineData(LayerSelection.First)]
    public void Given_tasks_vectors_when_scored_then_each_score_is_minus_the_autograd_derivative_by_its_coefficient(LayerSelection layers)
    {
        const int Rows = 3;
        Random random = new(4);
        float[][] weights = [.. Shape.Layers.Select(layer => Draw(layer.Count))];
        float[][][] vectors = [.. Enumerable.Range(0, Tasks)
            .Select(_ => Shape.Layers.SelectMany(layer => new[] { Draw(layer.FanIn), Draw(layer.Outputs) }).ToArray())];
        float[] inputs = [.. Draw(Rows * 9).Select(value => 100 * value)];

        float[] scores = new VectorMixture(weights, vectors, new EntropyObjective(), layers).Scores(inputs, Rows);

        for (int row = 0; row < Rows; row++)
        {
            double[] expected = Derivatives(inputs[(row * 9)..((row + 1) * 9)]);
            double largest = expected.Max(Math.Abs);
            Assert.True(largest > 1e-3, $"the derivatives are too small to tell anything: {largest}");
            for (int task = 0; task < Tasks; task++) Assert.Equal(-expected[task], scores[(row * Tasks) + task], 1e-4 * largest);
        }

        double[] Derivatives(float[] row)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor alpha = full(Tasks, 1.0 / Tasks, dtype: ScalarType.Float64, requires_grad: true);
            Tensor activations = tensor(row, [1, 9]).to(ScalarType.Float64);
            for (int l = 0; l < weights.Length; l++)
            {
                Tensor held = l > 0 && layers == LayerSelection.First ? alpha.detach() : alpha;
                Tensor mixed = Enumerable.Range(0, Tasks).Select(task => held[task] * outer(
                    tensor(vectors[task][2 * l]), tensor(vectors[task][(2 * l) + 1])).to(ScalarType.Float64)).Aggregate((a, b) => a + b);
                activations = activations.mm(tensor(weights[l], [Shape.Layers[l].FanIn, Shape.Layers[l].Outputs]) * mixed);
                if (l < weights.Length - 1) activations = activations.relu();
            }

            return [.. autograd.grad([TaskObjective.H(activations)], [alpha])[0].data<double>()];
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }
}
