using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Peers;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Peers;

public sealed class NaiveTrainingTests
{
    private const int Rows = 16;

    private static readonly FixedNetwork Network = new(new NetworkShape(40, [30, 20], 25), 3);

    // Rates so large that a step turns a few percent of the mask.
    [Theory]
    [InlineData("adam", 0.01)]
    [InlineData("rmsprop", 0.003)]
    public void Given_the_same_task_when_both_train_for_five_batches_then_the_losses_are_those_of_the_session(string optimizer, double rate)
    {
        Recipe recipe = new() { Name = "test", Optimizer = optimizer, LearningRate = rate, Schedule = "constant", Batches = 5, BatchSize = Rows };
        using var session = new TrainingSession(Network, new ThresholdMaskRule(), recipe, 77);
        using var naive = new NaiveTraining(Network, optimizer, rate, 77);
        byte[] before = session.Mask().Bits.ToArray();

        for (int step = 0; step < 5; step++)
        {
            float[] inputs = RandomData.Floats(Rows * 40, step, scale: 2);
            int[] labels = [.. Enumerable.Range(0, Rows).Select(row => (row * 7 + step) % 25)];
            using Tensor inputsTensor = tensor(inputs, [Rows, 40]);
            using Tensor labelsTensor = tensor([.. labels.Select(label => (long)label)]);

            float expected = session.Step(inputs, labels);
            Assert.Equal(expected, naive.Step(inputsTensor, labelsTensor), 1e-4 * expected);
        }

        // Else the losses would agree because nothing was learned.
        Assert.True(before.Zip(session.Mask().Bits.ToArray()).Count(pair => pair.First != pair.Second) > 50);
    }

    [Fact]
    public void Given_an_unknown_optimizer_when_started_then_the_error_names_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => new NaiveTraining(Network, "sgd", 0.1, 1));
        Assert.Contains("adam or rmsprop", error.Message, StringComparison.Ordinal);
    }
}
