using SupSup.Core.Engines;
using SupSup.Core.Kernels;
using SupSup.Core.Optimizers;
using SupSup.Experiments.Methods;
using TorchSharp;

namespace SupSup.Experiments.Tests.Methods;

public sealed class BatchEnsembleTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    public void Given_a_member_when_trained_for_some_batches_then_vectors_and_weights_are_those_of_autograd(bool trainWeights, int threads)
    {
        RealNetwork start = RealNetwork.KaimingNormal(SmallData.Shape, 2);
        MemberVectors vectors = MemberVectors.Random(SmallData.Shape, 3);
        AlignedFloats[] weights = [.. start.Weights.Select(layer => new AlignedFloats(layer.Length))];
        for (int l = 0; l < weights.Length; l++) start.Weights[l].CopyTo(weights[l].Span);
        MemberParameters parameters = new(vectors, new AdamOptimizer(), trainWeights, 1e-2f);
        using AutogradNetwork twin = new(SmallData.Shape, start.Weights, vectors.Inputs, vectors.Outputs, null, trainWeights, all => torch.optim.Adam(all, lr: 1e-3, weight_decay: 1e-2));
        using FusedStep step = new(SmallData.Shape, l => weights[l], parameters, 27, threads == 1 ? Alone.Team : new ThreadTeam(threads), StepKernelChoice.Best);

        step.ApplyMask();
        for (int batch = 0; batch < 10; batch++)
        {
            (float[] inputs, int[] labels) = SmallData.Batch(batch, 27);
            Assert.Equal(twin.Step(inputs, labels), step.Differentiate(inputs, labels), 1e-4f);
            step.Update([1e-3, 1e-3, 1e-3], batch + 1);
            parameters.UpdateVectors();
            step.ApplyMask();
        }

        float[][] trained = [.. weights.Select(layer => layer.Span.ToArray())];
        for (int l = 0; l < weights.Length; l++)
        {
            (int inputs, int outputs) = (SmallData.Shape.Layers[l].Inputs, SmallData.Shape.Layers[l].Outputs);
            Near.Equal(twin.InputVector(l), vectors.Inputs[l], 1e-5);
            Near.Equal(twin.OutputVector(l), vectors.Outputs[l].AsSpan(0, outputs), 1e-5);
            Near.Equal(twin.Weights(l), AutogradNetwork.Dense(trained[l], inputs, outputs), 1e-5);
            Assert.Equal(trainWeights, !trained[l].SequenceEqual(start.Weights[l]));
            Assert.All(vectors.Outputs[l][outputs..], static beyond => Assert.Equal(0, beyond));
        }

        float[] test = SmallData.Test(0, 130);
        Assert.Equal(twin.Predict(test, 130), vectors.Apply(new RealNetwork(SmallData.Shape, trained)).Predict(test, 130));
    }

    [Fact]
    public void Given_two_tasks_when_learned_then_the_first_trains_the_shared_weights_and_the_second_does_not()
    {
        using BatchEnsemble rival = new(SmallData.Settings);
        Assert.Null(rival.Shared);

        rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        float[][] first = [.. rival.Shared!.Weights.Select(layer => (float[])layer.Clone())];
        int[] answers = rival.Predict(0, SmallData.Test(0, 50), 50);
        rival.Learn(1, SmallData.Task(1), static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.NotEqual(RealNetwork.KaimingNormal(SmallData.Shape, SmallData.Settings.Seed).Weights[0], first[0]);
        Assert.Equal(first, rival.Shared.Weights);
        Assert.Equal(answers, rival.Predict(0, SmallData.Test(0, 50), 50));
    }

    [Fact]
    public void Given_no_first_task_when_another_is_learned_then_it_is_refused_and_so_is_a_second_first_one()
    {
        using BatchEnsemble rival = new(SmallData.Settings);
        Assert.Throws<InvalidOperationException>(() => rival.Learn(1, SmallData.Task(1), static (_, _) => { }, TestContext.Current.CancellationToken));
        rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken);
        Assert.Throws<InvalidOperationException>(() => rival.Learn(0, SmallData.Task(0), static (_, _) => { }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Given_tasks_after_the_first_when_learned_at_the_same_time_then_they_answer_as_if_learned_in_turn()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using BatchEnsemble inTurn = new(SmallData.Settings);
        using BatchEnsemble atOnce = new(SmallData.Settings);
        for (int task = 0; task < 4; task++) inTurn.Learn(task, SmallData.Task(task), static (_, _) => { }, stop);
        atOnce.Learn(0, SmallData.Task(0), static (_, _) => { }, stop);

        await Task.WhenAll(Enumerable.Range(1, 3).Select(task => Task.Run(() => atOnce.Learn(task, SmallData.Task(task), static (_, _) => { }, stop), stop)));

        for (int task = 0; task < 4; task++) Assert.Equal(inTurn.Predict(task, SmallData.Test(task, 200), 200), atOnce.Predict(task, SmallData.Test(task, 200), 200));
    }
}
