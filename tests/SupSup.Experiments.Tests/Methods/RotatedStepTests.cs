using SupSup.Core.Engines;
using SupSup.Core.Kernels;
using SupSup.Core.Optimizers;
using SupSup.Experiments.Methods;
using TorchSharp;

namespace SupSup.Experiments.Tests.Methods;

public sealed class RotatedStepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Given_rotations_when_trained_for_some_batches_then_losses_and_weights_are_those_of_autograd(int threads)
    {
        RealNetwork start = RealNetwork.XavierNormal(SmallData.Shape, 1);
        AlignedFloats[] rotations = [.. SmallData.Shape.Layers.Select((layer, l) => Rotation.Draw(8, l, layer.Inputs))];
        using AutogradNetwork twin = new(SmallData.Shape, start.Weights, null, null, [.. rotations.Select(rotation => rotation.Span.ToArray())], trainWeights: true, all => torch.optim.RMSProp(all, lr: 1e-3));
        using RotatedStep step = new(start, rotations, new RmsPropOptimizer(), 27, threads == 1 ? Alone.Team : new ThreadTeam(threads));

        for (int batch = 0; batch < 10; batch++)
        {
            (float[] inputs, int[] labels) = SmallData.Batch(batch, 27);
            Assert.Equal(twin.Step(inputs, labels), step.Differentiate(inputs, labels), 1e-4f);
            step.Update([1e-3, 1e-3, 1e-3], batch + 1);
        }

        for (int l = 0; l < rotations.Length; l++)
            Near.Equal(twin.Weights(l), AutogradNetwork.Dense(step.Weights(l), SmallData.Shape.Layers[l].Inputs, SmallData.Shape.Layers[l].Outputs), 1e-5);
    }

    [Fact]
    public void Given_a_learned_task_when_predicted_then_its_rotations_are_applied()
    {
        using RotatedSuperposition rival = new(SmallData.Settings);
        rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        using MemoryStream state = new();
        rival.Save(state);
        state.Position = 0;
        RealNetwork network = new RivalFile(RotatedSuperposition.Name, SmallData.Shape, SmallData.Settings.Seed).Read(state).Network!;
        ulong seed = Core.Random.TaskSeed.Derive(SmallData.Settings.Seed, 0);
        float[][] rotations = [.. SmallData.Shape.Layers.Select((layer, l) => Rotation.Draw(seed, l, layer.Inputs).Span.ToArray())];
        using AutogradNetwork twin = new(SmallData.Shape, network.Weights, null, null, rotations, trainWeights: true, all => torch.optim.SGD(all, 1));

        Assert.Equal(twin.Predict(SmallData.Test(0, 200), 200), rival.Predict(0, SmallData.Test(0, 200), 200));
    }
}
