using SupSup.Core.Engines;
using SupSup.Core.Training;
using SupSup.Experiments.Methods;
using TorchSharp;

namespace SupSup.Experiments.Tests.Methods;

public sealed class RealWeightsTests
{
    [Theory]
    [InlineData("rmsprop", 1)]
    [InlineData("adam", 1)]
    [InlineData("rmsprop", 3)]
    public void Given_a_network_when_trained_for_some_batches_then_losses_and_weights_are_those_of_autograd(string optimizer, int threads)
    {
        RealNetwork start = RealNetwork.KaimingNormal(SmallData.Shape, 1);
        float[][] before = [.. start.Weights.Select(layer => (float[])layer.Clone())];
        Recipe recipe = new() { Name = "test", Optimizer = optimizer, LearningRate = 1e-3, Schedule = "constant", Batches = 10, BatchSize = 27 };
        using AutogradNetwork twin = new(SmallData.Shape, start.Weights, null, null, null, trainWeights: true, parameters => optimizer == "adam"
            ? torch.optim.Adam(parameters, lr: 1e-3)
            : torch.optim.RMSProp(parameters, lr: 1e-3));
        using FusedStep step = RealWeights.Step(start, recipe, threads == 1 ? Alone.Team : new ThreadTeam(threads));

        for (int batch = 0; batch < 10; batch++)
        {
            (float[] inputs, int[] labels) = SmallData.Batch(batch, 27);
            Assert.Equal(twin.Step(inputs, labels), step.Differentiate(inputs, labels), 1e-4f);
            step.Update([1e-3, 1e-3, 1e-3], batch + 1);
        }

        RealNetwork trained = RealWeights.Trained(start, step);
        for (int l = 0; l < before.Length; l++)
        {
            Near.Equal(twin.Weights(l), AutogradNetwork.Dense(trained.Weights[l], SmallData.Shape.Layers[l].Inputs, SmallData.Shape.Layers[l].Outputs), 1e-5);
            Assert.Equal(before[l], start.Weights[l]);
        }

        float[] test = SmallData.Test(0, 130);
        Assert.Equal(twin.Predict(test, 130), trained.Predict(test, 130));
    }

    [Fact]
    public void Given_one_seed_when_drawn_then_the_weights_have_the_deviation_they_should_and_are_the_same_again()
    {
        double[] kaiming = Deviations(RealNetwork.KaimingNormal(SmallData.Shape, 9));
        double[] xavier = Deviations(RealNetwork.XavierNormal(SmallData.Shape, 9));

        Assert.Equal(Math.Sqrt(2.0 / 42), kaiming[0], 0.01);
        Assert.Equal(Math.Sqrt(2.0 / (42 + 33)), xavier[0], 0.01);
        Assert.Equal(RealNetwork.KaimingNormal(SmallData.Shape, 9).Weights[1], RealNetwork.KaimingNormal(SmallData.Shape, 9).Weights[1]);
        Assert.NotEqual(RealNetwork.KaimingNormal(SmallData.Shape, 9).Weights[1], RealNetwork.KaimingNormal(SmallData.Shape, 10).Weights[1]);

        static double[] Deviations(RealNetwork network) => [.. network.Weights.Select((layer, l) => Math.Sqrt(layer.Sum(weight => (double)weight * weight) / SmallData.Shape.Layers[l].Count))];
    }

    [Fact]
    public void Given_inputs_of_another_size_when_predicted_then_it_is_refused() =>
        Assert.Throws<ArgumentException>(static () => RealNetwork.Zero(SmallData.Shape).Predict(new float[41], 1));
}
