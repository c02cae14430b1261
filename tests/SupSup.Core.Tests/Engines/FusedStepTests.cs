using SupSup.Core.Engines;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Engines;

public sealed class FusedStepTests
{
    private const ulong TaskSeed = 77;

    private static readonly IStepKernels[] Kernels =
        [new StepKernels<Float512>(), new StepKernels<Float256>(), new StepKernels<Float128>()];

    private static readonly ITeam[] Teams = [Alone.Team, new Backwards(), new Threads()];

    public static TheoryData<string, double> Cases
    {
        get
        {
            TheoryData<string, double> cases = [];
            foreach (string sizes in new[] { "40-30-20-25", "784-17-10", "5-3-2", "33-11", "1-1-1-2", "20-300-40" })
                foreach (double background in new[] { 0, 0.8, 1 }) cases.Add(sizes, background);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Given_any_registers_and_any_team_when_trained_then_losses_and_scores_are_the_same_to_the_last_bit(
        string sizes, double background)
    {
        foreach ((string optimizer, string rule) in
            new[] { ("adam", "threshold"), ("rmsprop", "threshold"), ("adam", "top-k:0.5"), ("rmsprop", "top-k:er-2") })
        {
            float[]? expected = null;
            foreach (IStepKernels kernels in Kernels)
            {
                foreach (ITeam team in Teams)
                {
                    float[] trained = Train(Network(sizes), kernels, team, rule, ScoreOptimizers.Get(optimizer), background);
                    expected ??= trained;
                    Bits.AssertSame(
                        expected, trained, $"{rule}, {optimizer}, {kernels.GetType().GenericTypeArguments[0].Name}, {team.GetType().Name}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Given_inputs_mostly_at_a_background_or_not_when_stepped_then_loss_and_gradients_are_those_of_plain_loops(
        string sizes, double background)
    {
        FixedNetwork network = Network(sizes);
        foreach (IStepKernels kernels in Kernels)
        {
            using FusedStep step = new(network, new ThresholdMaskRule(), new Descent(), 17, Alone.Team, kernels);
            Start(step, network);

            // Three steps, so that what an update leaves for the next is looked at too; of other sizes, so that buffers change.
            int done = 0;
            foreach (int rows in new[] { 17, 3, 33 })
            {
                (float[] inputs, int[] labels) = Batch(network, rows, done, background);
                float[][] scores = [.. step.Layers.Select(layer => layer.Get())];

                float loss = step.Differentiate(inputs, labels);
                step.Update(new double[step.Layers.Length], ++done);

                (double expectedLoss, double[][] expected) = PlainStep.Differentiate(
                    network, scores, inputs, labels, (l, row, j) => step.Layers[l].Outputs.Span[(row * step.Layers[l].Width) + j] > 0);
                Assert.Equal(expectedLoss, loss, 2e-6 * (1 + expectedLoss));
                for (int l = 0; l < expected.Length; l++)
                {
                    float[] gradients = step.Layers[l].Get(0);
                    double largest = expected[l].Max(Math.Abs);
                    for (int n = 0; n < gradients.Length; n++)
                        if (!(Math.Abs(gradients[n] - expected[l][n]) <= 5e-6 * largest + 1e-12))
                            Assert.Fail($"step {done}, layer {l}: gradient {n} is {gradients[n]:R}, not {expected[l][n]:R}");
                }
            }
        }
    }

    [Theory]
    [InlineData("adam", "threshold")]
    [InlineData("rmsprop", "threshold")]
    [InlineData("adam", "top-k:0.5")]
    public void Given_a_session_with_any_team_when_trained_and_resumed_then_checkpoints_are_the_same_to_the_last_bit(
        string optimizer, string rule)
    {
        // 300 inputs make parts of 19, the last one shorter.
        FixedNetwork network = Network("300-40-10");
        Recipe recipe = Recipe(optimizer);
        TrainingCheckpoint? expected = null;
        foreach (ITeam? team in (ITeam?[])[null, .. Teams])
        {
            using TrainingSession session = new(network, MaskRules.Get(rule), recipe, TaskSeed, team);
            for (int done = 0; done < 2; done++) session.Step(Batch(network, 20, done, 0.8).Inputs, Batch(network, 20, done, 0.8).Labels);
            TrainingCheckpoint middle = session.Capture();
            using TrainingSession resumed = new(network, MaskRules.Get(rule), recipe, middle, team);
            for (int done = 2; done < 5; done++)
            {
                (float[] inputs, int[] labels) = Batch(network, 20, done, 0.8);
                Assert.Equal(session.Step(inputs, labels), resumed.Step(inputs, labels));
            }

            expected ??= session.Capture();
            foreach (TrainingCheckpoint checkpoint in new[] { session.Capture(), resumed.Capture() })
            {
                for (int l = 0; l < 2; l++)
                {
                    Bits.AssertSame(expected.Scores[l], checkpoint.Scores[l], "scores");
                    Bits.AssertSame(expected.OptimizerState[l], checkpoint.OptimizerState[l], "state");
                }
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Given_a_batch_that_is_not_finite_when_refused_then_training_goes_on_as_if_it_had_never_come(float value)
    {
        FixedNetwork network = Network("40-30-20-25");
        using TrainingSession session = new(network, new ThresholdMaskRule(), Recipe("adam"), TaskSeed);
        using TrainingSession undisturbed = new(network, new ThresholdMaskRule(), Recipe("adam"), TaskSeed);
        for (int done = 0; done < 4; done++)
        {
            (float[] inputs, int[] labels) = Batch(network, 16, done, 0.8);
            float[] bad = [.. inputs];
            bad[^1] = value;
            var error = Assert.Throws<ArgumentException>(() => session.Step(bad, labels));
            Assert.Contains($"batch {done} is not finite", error.Message, StringComparison.Ordinal);
            Assert.Equal(undisturbed.Step(inputs, labels), session.Step(inputs, labels));
        }

        for (int l = 0; l < 3; l++) Bits.AssertSame(undisturbed.Capture().Scores[l], session.Capture().Scores[l], "scores");
    }

    [Theory]
    [InlineData("adam", "threshold")]
    [InlineData("rmsprop", "threshold")]
    [InlineData("adam", "top-k:0.5")]
    public void Given_a_session_that_has_taken_a_step_when_it_takes_more_then_nothing_is_allocated(string optimizer, string rule)
    {
        FixedNetwork network = Network("40-30-20-25");
        using TrainingSession session = new(network, MaskRules.Get(rule), Recipe(optimizer), TaskSeed);
        (float[] inputs, int[] labels) = Batch(network, 16, 1, 0.8);
        session.Step(inputs, labels);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 0; n < 5; n++) session.Step(inputs, labels);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static FixedNetwork Network(string sizes)
    {
        int[] all = [.. sizes.Split('-').Select(int.Parse)];
        return new FixedNetwork(NetworkPlan.Dense(all[0], all[1..^1], all[^1]), 3);
    }

    private static Recipe Recipe(string optimizer) => new()
    {
        Name = "test",
        Optimizer = optimizer,
        Schedule = "cosine",
        LearningRate = 0.01,
        FirstLayerLearningRate = 0.02,
        Batches = 20,
        BatchSize = 16,
    };

    private static float[] Train(
        FixedNetwork network, IStepKernels kernels, ITeam team, string rule, IScoreOptimizer optimizer, double background)
    {
        using FusedStep step = new(network, MaskRules.Get(rule), optimizer, 33, team, kernels);
        Start(step, network);
        List<float> trained = [];
        double[] rates = [.. Enumerable.Repeat(0.01, step.Layers.Length)];
        for (int done = 0; done < 3; done++)
        {
            (float[] inputs, int[] labels) = Batch(network, 33, done, background);
            trained.Add(step.Differentiate(inputs, labels));
            step.Update(rates, done + 1);
        }

        foreach (StepLayer layer in step.Layers)
        {
            trained.AddRange(layer.Get());
            for (int run = 0; run < layer.StatePerScore; run++) trained.AddRange(layer.Get(run));
        }

        return [.. trained];
    }

    private static void Start(FusedStep step, FixedNetwork network)
    {
        for (int l = 0; l < step.Layers.Length; l++)
        {
            float[] scores = new float[network.Shape.Layers[l].Count];
            InitialScores.Fill(network.Shape.Layers[l], l, TaskSeed, scores);
            step.Layers[l].Set(scores);
        }

        step.ApplyMask();
    }

    private static (float[] Inputs, int[] Labels) Batch(FixedNetwork network, int rows, int seed, double background)
    {
        float[] inputs = RandomData.Floats(rows * network.Plan.Inputs, seed, scale: 2);
        var random = new System.Random(seed);
        for (int n = 0; n < inputs.Length; n++)
            if (random.NextDouble() < background) inputs[n] = -0.4242f;
        return (inputs, [.. Enumerable.Range(0, rows).Select(row => (row * 7 + seed) % network.Plan.Outputs)]);
    }

    /// <summary>Keeps the gradient dL/dW_eff as its state, for tests to read, and goes against it.</summary>
    private sealed class Descent : IScoreOptimizer
    {
        public string Name => "descent";

        public string Script => "";

        public int StatePerScore => 1;

        public StepSize At(double learningRate, int step) => new(0.5f, 1);

        public void Update(Span<float> scores, ReadOnlySpan<float> gradients, ReadOnlySpan<float> weights, Span<float> state, StepSize size)
        {
            for (int n = 0; n < scores.Length; n++)
            {
                state[n] = gradients[n];
                scores[n] -= size.Rate * gradients[n] * weights[n];
            }
        }
    }

    private sealed class Backwards : ITeam
    {
        int ITeam.Threads => 2;

        public void Run(int parts, Action<int> body)
        {
            for (int part = parts - 1; part >= 0; part--) body(part);
        }
    }

    private sealed class Threads : ITeam
    {
        int ITeam.Threads => 4;

        public void Run(int parts, Action<int> body) => Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = 4 }, body);
    }
}
