using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Core.Reservoirs;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Reservoirs;

/// <summary>Against the same network in TorchSharp.</summary>
public sealed class GainNetworkTests
{
    private const int Rows = 9;

    // No size is a multiple of 16.
    private static readonly FixedNetwork Network =
        new(Plans.Of("flatten-33-normbatch-swish-21-normbatch-swish", new PlaneShape(1, 5, 7), 6), 4);

    private static readonly float[][] Scores = [.. new[] { 33, 21 }.Select(count => ReservoirTests.Patterns(1, count)[0])];
    private static readonly int[] Labels = [.. Enumerable.Range(0, Rows).Select(row => row % 6)];
    private static readonly float[] Inputs = Draw();

    [Fact]
    public void Given_masked_gains_when_differentiated_then_logits_and_gradients_are_those_of_the_reference()
    {
        using GainNetwork network = new(new GainWeights(Network), Rows + 3);
        network.Set(GainMask.Of(Scores));
        network.Forward(Inputs, Rows);
        float loss = network.CrossEntropy(Labels);

        (float[] logits, float expected, float[][] gradients) =
            Reference(logits => nn.functional.cross_entropy(logits, tensor([.. Labels.Select(label => (long)label)])));

        for (int row = 0; row < Rows; row++)
            for (int j = 0; j < 6; j++) Assert.Equal(logits[(row * 6) + j], network.Logits(row)[j], 1e-4);
        Assert.Equal(expected, loss, 1e-4);
        AssertClose(gradients, network);
    }

    [Fact]
    public void Given_an_objective_when_differentiated_then_its_gradients_are_those_of_the_reference()
    {
        using GainNetwork network = new(new GainWeights(Network), Rows);
        network.Set(GainMask.Of(Scores));
        network.Forward(Inputs, Rows);
        double entropy = network.Differentiate(new EntropyObjective());

        (_, float expected, float[][] gradients) = Reference(
            logits => -(nn.functional.softmax(logits, 1) * nn.functional.log_softmax(logits, 1)).sum(1).mean());

        Assert.Equal(expected, entropy, 1e-4);
        AssertClose(gradients, network);

        network.Differentiate(new LogSumObjective());
        (_, _, gradients) = Reference(logits => -logits.logsumexp(1).mean());
        AssertClose(gradients, network);
    }

    [Fact]
    public void Given_inputs_that_do_not_fit_when_run_then_the_error_says_how_many_are_needed()
    {
        using GainNetwork network = new(new GainWeights(Network), 2);

        Assert.Contains(
            "1 rows need 35 input values, not 34",
            Assert.Throws<ArgumentException>(() => network.Forward(new float[34], 1)).Message);
        Assert.Contains("at most 2 rows", Assert.Throws<ArgumentException>(() => network.Forward(new float[3 * 35], 3)).Message);
    }

    [Theory]
    [InlineData("lenet-300-100")]
    [InlineData("flatten-33-normbatch-swish-21")]
    [InlineData("flatten-33-norm-swish")]
    [InlineData("flatten")]
    public void Given_a_network_without_masked_gains_when_checked_then_the_error_names_one_that_has(string network)
    {
        NetworkPlan plan = Plans.Of(network, new PlaneShape(1, 5, 7), 6);

        Assert.Contains("2048-normbatch-swish", Assert.Throws<ArgumentException>(() => GainWeights.Check(plan)).Message);
    }

    private static void AssertClose(float[][] expected, GainNetwork network)
    {
        for (int l = 0; l < expected.Length; l++)
        {
            Assert.Contains(expected[l], value => Math.Abs(value) > 1e-3);
            for (int n = 0; n < expected[l].Length; n++) Assert.Equal(expected[l][n], network.Gradient(l)[n], 1e-4);
        }
    }

    private static (float[] Logits, float Loss, float[][] Gradients) Reference(Func<Tensor, Tensor> objective)
    {
        Tensor[] scores = [.. Scores.Select(layer => tensor(layer, requires_grad: true))];
        int norms = 0;
        PlanModule module = new(
            Network.Plan,
            (step, l) => new Product(tensor(Network.Weights(l).ToArray(), [step.Masked!.Value.Outputs, step.Masked.Value.FanIn])),
            _ => new Gains(scores[norms++]));
        Tensor logits = module.call(tensor(Inputs, [Rows, 35]));
        Tensor loss = objective(logits);
        loss.backward();
        return ([.. logits.data<float>()], loss.item<float>(), [.. scores.Select(score => score.grad!.data<float>().ToArray())]);
    }

    private static float[] Draw()
    {
        System.Random random = new(8);
        return [.. Enumerable.Range(0, Rows * 35).Select(_ => (float)((random.NextDouble() * 3) - 1))];
    }

    private sealed class Product(Tensor weights) : nn.Module<Tensor, Tensor>(nameof(Product))
    {
        public override Tensor forward(Tensor input) => input.flatten(1).mm(weights.t()).view(input.shape[0], -1, 1, 1);
    }

    private sealed class Gains(Tensor scores) : nn.Module<Tensor, Tensor>(nameof(Gains))
    {
        public override Tensor forward(Tensor input) => nn.functional.batch_norm(
            input, null, null, StraightThrough.Threshold(scores), null, training: true, eps: PlanStep.Normalize.Epsilon);
    }
}
