using SupSup.Experiments.Methods;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Experiments.Tests.Methods;

public sealed class ElasticWeightsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Given_a_small_chain_when_the_fisher_information_is_measured_then_it_is_the_mean_of_squared_gradients_over_all_classes()
    {
        const int Rows = 4;
        Random random = new(4);
        using DisposeScope scope = NewDisposeScope();
        Tensor[] weights = [tensor(Draw(6 * 5), [6, 5]), tensor(Draw(5 * 3), [5, 3])];
        float[] inputs = Draw(Rows * 6);

        float[][] found = FisherInformation.Of(weights, inputs, Rows);

        Tensor[] parameters = [.. weights.Select(layer => layer.detach().clone().requires_grad_())];
        double[][] expected = [new double[30], new double[15]];
        for (int row = 0; row < Rows; row++)
        {
            for (int c = 0; c < 3; c++)
            {
                Tensor logP = nn.functional.log_softmax(
                    tensor(inputs[(row * 6)..((row + 1) * 6)], [1, 6]).mm(parameters[0]).relu().mm(parameters[1]), 1)[0, c];
                IList<Tensor> gradients = autograd.grad([logP], parameters);
                double share = Math.Exp(logP.item<float>());
                for (int l = 0; l < 2; l++)
                    foreach ((int n, float each) in gradients[l].data<float>().Index()) expected[l][n] += share * each * each / Rows;
            }
        }

        for (int l = 0; l < 2; l++)
        {
            Assert.True(expected[l].Max() > 1e-3);
            for (int n = 0; n < expected[l].Length; n++) Assert.Equal(expected[l][n], found[l][n], 1e-5);
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    [Fact]
    public void Given_weights_that_mattered_when_another_task_is_learned_then_they_move_less_than_where_nothing_holds_them()
    {
        RivalSettings settings = SmallData.Settings with { Batches = 300 };
        (double Held, double Free) moved = (Moved("ewc"), Moved("one-network"));

        Assert.True(moved.Held < 0.8 * moved.Free, $"{moved}");

        // By how much the weights moved on the second task, by their importance to the first.
        double Moved(string name)
        {
            Rival rival = Rivals.Create(name, settings);
            using RivalNetwork first = rival.Learn(0, SmallData.Task(0), (_, _) => { }, Stop);
            float[][] importance = FisherInformation.Of(first, SmallData.Task(0));
            using RivalNetwork second = rival.Learn(1, SmallData.Task(1), (_, _) => { }, Stop);
            return first.ReadWeights().Zip(second.ReadWeights()).Index().Sum(layer => layer.Item.First.Zip(layer.Item.Second)
                .Index().Sum(weight => importance[layer.Index][weight.Index] * Math.Pow(weight.Item.First - weight.Item.Second, 2)));
        }
    }
}
