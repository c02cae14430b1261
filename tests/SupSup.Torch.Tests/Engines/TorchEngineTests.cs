using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;
using SupSup.Core.Tests;
using SupSup.Core.Training;
using SupSup.Reference;
using SupSup.Torch.Engines;
using TorchSharp;

namespace SupSup.Torch.Tests.Engines;

/// <summary>The engine on <see cref="TestDevice"/>, against PyTorch's own modules in double precision.</summary>
public sealed class TorchEngineTests
{
    private const string Everything =
        "conv8-norm-relu-max3:2-res(conv12:3:2-norm-swish-conv12-norm|conv12:1:2-normbatch)-res(conv12)-swish-average-7-norm/2x8x8-5";

    private static readonly TorchEngine Engine = new(TestDevice.Device);

    [Theory]
    [InlineData(Everything, "threshold", 6, 0)]
    [InlineData(Everything, "top-k:0.4", 6, 0.01)]
    [InlineData("conv6:5:2-norm-relu-conv9-relu-max2-flatten-20-relu/3x12x9-7", "top-k:er-1", 5, 0.001)]
    [InlineData("24-relu-16-relu/30-9", "threshold", 3, 0.001)]
    [InlineData("resnet18-20/3x32x32-5", "top-k:er-8", 4, 1e-4)]
    public void Given_a_plan_when_a_step_is_taken_then_loss_gradients_and_statistics_are_those_of_plain_modules(
        string text, string rule, int rows, double decay)
    {
        FixedNetwork network = new(Plans.Parse(text), 3);
        using ITrainingStep step = Start(network, rule, decay);
        float[][] scores = InitialScores.Of(network, Recipes.Get("paper"), 5);
        (float[] inputs, int[] labels) = Batch(network.Plan, rows, 1);
        using ReferenceNetwork reference = new(network.Plan, Effective(network, step), torch.ScalarType.Float64);

        float loss = step.Differentiate(inputs, labels);
        ReferencePass expected = reference.Differentiate(inputs, labels);
        step.Update([.. scores.Select(static _ => 0.01)], 1);

        Assert.Equal(expected.Loss, loss, 1e-5);
        AssertClose(reference.Statistics, step.Statistics(), 1e-5);
        for (int l = 0; l < scores.Length; l++)
        {
            // Adam's mean after the first step is a tenth of dL/dS, and the step is the rate's, whatever the gradient's size.
            float[] weights = network.Weights(l).ToArray(), layer = scores[l];
            float[] gradients = [.. expected.Gradients[l].Select((gradient, n) =>
                (gradient * weights[n] * (rule == "threshold" ? 1 : Math.Sign(layer[n]))) + ((float)decay * layer[n]))];
            AssertClose([.. gradients.Select(static gradient => 0.1f * gradient)], step.State(l)[..gradients.Length], 1e-4);
            float[] after = step.Scores(l);
            float large = gradients.Max(MathF.Abs) / 100;
            for (int n = 0; n < after.Length; n++)
                if (MathF.Abs(gradients[n]) > large) Assert.Equal(layer[n] - (0.01 * Math.Sign(gradients[n])), after[n], 1e-4);
        }
    }

    [Theory]
    [InlineData(Everything, 300)]
    [InlineData("conv6-norm-relu-max2-conv9-norm/3x8x8-7", 300)]
    public void Given_a_mask_when_its_network_is_opened_then_logits_are_those_of_plain_modules(string text, int rows)
    {
        FixedNetwork network = new(Plans.Parse(text), 3);
        TaskMask mask = WithStatistics(network);
        (float[] inputs, _) = Batch(network.Plan, rows, 2);

        using IMaskedNetwork opened = Engine.Open(network, mask);
        float[] logits = opened.Logits(inputs, rows);

        using ReferenceNetwork reference = new(network.Plan, Effective(network, mask), torch.ScalarType.Float64);
        reference.Statistics = [.. mask.Statistics!.Means.Concat(mask.Statistics.Variances).Select(static value => (float)value)];
        AssertClose(reference.Logits(inputs), logits, 1e-5);
        MaskPrediction[] read = opened.Predict(inputs, rows, 4);
        using IMaskedNetwork other = NetworkEngines.Open(network, mask);
        foreach ((MaskPrediction expected, MaskPrediction actual) in other.Predict(inputs, rows, 4).Zip(read))
            Assert.Equal(expected.Evidence, actual.Evidence, 1e-3);
        MaskPrediction last = read[^1];
        Assert.Equal(Array.IndexOf(logits, logits[^network.Plan.Outputs..][..4].Max()) % network.Plan.Outputs, last.Class);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Given_the_same_order_when_trained_again_on_the_processor_then_every_bit_is_the_same(int threads)
    {
        TorchEngine engine = new(Core.Devices.ComputeDevice.Cpu, threads);
        FixedNetwork network = new(Plans.Parse("conv8-norm-relu-res(conv8-norm)-relu-average/3x16x16-5"), 3);

        (float[][] Scores, float[] Statistics)[] runs = [Train(engine, network, Alone.Team), Train(engine, network, new Threads())];

        Assert.Equal(runs[0].Statistics, runs[1].Statistics);
        Assert.Equal(runs[0].Scores, runs[1].Scores);
    }

    [Fact]
    public void Given_scores_state_and_statistics_when_loaded_by_another_step_then_it_goes_on_as_the_first_would()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        using ITrainingStep first = Start(network, "top-k:0.4", 0.01);
        using ITrainingStep second = Start(network, "top-k:0.4", 0.01);
        for (int done = 0; done < 3; done++) Step(first, network.Plan, done);

        second.Load(All(first.Scores), All(first.State), first.Statistics());
        float[] losses = [Step(first, network.Plan, 3), Step(first, network.Plan, 4)];

        foreach ((float loss, int done) in losses.Zip([3, 4])) Assert.Equal(loss, Step(second, network.Plan, done));
        Assert.Equal(first.Statistics(), second.Statistics());
        Assert.Equal(All(first.Effective), All(second.Effective));

        float[][] All(Func<int, float[]> of) => [.. network.Shape.Layers.Select((_, l) => of(l))];
    }

    [Fact]
    public void Given_a_batch_that_is_only_differentiated_when_read_then_scores_and_statistics_are_as_before()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        using ITrainingStep step = Start(network, "threshold", 0);
        (float[] inputs, int[] labels) = Batch(network.Plan, 4, 1);

        float loss = step.Differentiate(inputs, labels);

        int channels = network.Plan.NormalizedChannels;
        float[] initial = [.. new float[channels], .. Enumerable.Repeat(1f, channels)];
        Assert.Equal(initial, step.Statistics());
        Assert.Equal(loss, step.Differentiate(inputs, labels));
    }

    [Fact]
    public void Given_equal_scores_when_only_some_may_be_kept_then_the_first_are()
    {
        FixedNetwork network = new(Plans.Parse("conv2-relu-average/2x4x4-5"), 3);
        using ITrainingStep step = Start(network, "top-k:0.25", 0);

        step.Load([.. network.Shape.Layers.Select(static layer => Enumerable.Repeat(-0.5f, layer.Count).ToArray())], null);

        float[] kept = [.. network.Weights(0)[..9], .. new float[27]];
        Assert.Equal(kept, step.Effective(0));
    }

    [Fact]
    public void Given_many_steps_when_taken_then_no_tensor_outlives_its_step_and_none_the_engines_work()
    {
        FixedNetwork network = new(Plans.Parse(Everything), 3);
        List<long> live = [];
        long before = Live();
        using (ITrainingStep step = Start(network, "top-k:er-1", 1e-4))
        using (IMaskedNetwork opened = Engine.Open(network, WithStatistics(network)))
        {
            for (int done = 0; done < 5; done++)
            {
                Step(step, network.Plan, done);
                step.Statistics();
                opened.Logits(Batch(network.Plan, 4, done).Inputs, 4);
                live.Add(Live());
            }
        }

        Assert.Single(live.Distinct());
        Assert.True(live[0] > before, "tensors are counted on this thread");
        Assert.Equal(before, Live());

        static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
    }

    [Fact]
    public void Given_one_value_a_channel_when_normalised_by_its_batch_then_the_remedy_is_named()
    {
        FixedNetwork network = new(Plans.Parse("average-normbatch/2x4x4-5"), 3);
        using ITrainingStep step = Start(network, "threshold", 0);
        using IMaskedNetwork opened = Engine.Open(network, RandomData.Mask(network.Shape, 4));
        (float[] inputs, int[] labels) = Batch(network.Plan, 1, 1);

        Assert.Contains("at least 2 examples", Assert.Throws<ArgumentException>(() => step.Differentiate(inputs, labels)).Message, Ordinal);
        Assert.Contains("at least 2 examples", Assert.Throws<ArgumentException>(() => opened.Logits(inputs, 1)).Message, Ordinal);
        Assert.Throws<ArgumentException>(() => opened.Logits(inputs, 2));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static ITrainingStep Start(FixedNetwork network, string rule, double decay, TorchEngine? engine = null, ITeam? team = null)
    {
        ITrainingStep step = (engine ?? Engine).Train(
            network, MaskRules.Get(rule), new AdamOptimizer(), decay, 4, team ?? Alone.Team);
        step.Load(InitialScores.Of(network, Recipes.Get("paper"), 5), null);
        return step;
    }

    private static TaskMask WithStatistics(FixedNetwork network)
    {
        float[] variances = [.. RandomData.Floats(network.Plan.NormalizedChannels, 8).Select(static value => 1.5f + value)];
        ChannelStatistics statistics = ChannelStatistics.Of([.. RandomData.Floats(variances.Length, 7), .. variances]);
        return new(network.Shape, RandomData.Mask(network.Shape, 4).Bits.ToArray(), statistics);
    }

    private static (float[][] Scores, float[] Statistics) Train(TorchEngine engine, FixedNetwork network, ITeam team)
    {
        using ITrainingStep step = Start(network, "top-k:er-8", 1e-4, engine, team);
        for (int done = 0; done < 4; done++) Step(step, network.Plan, done, rows: 12);
        return ([.. network.Shape.Layers.Select((_, l) => step.Scores(l))], step.Statistics());
    }

    private static float Step(ITrainingStep step, NetworkPlan plan, int done, int rows = 4)
    {
        (float[] inputs, int[] labels) = Batch(plan, rows, done);
        float loss = step.Differentiate(inputs, labels);
        step.Update([.. plan.Shape.Layers.Select(static _ => 0.003)], done + 1);
        return loss;
    }

    private static (float[] Inputs, int[] Labels) Batch(NetworkPlan plan, int rows, int seed) =>
        (RandomData.Floats(rows * plan.Inputs, seed, 1.7f), [.. Enumerable.Range(seed, rows).Select(row => row * 3 % plan.Outputs)]);

    private static float[][] Effective(FixedNetwork network, ITrainingStep step) =>
        [.. network.Shape.Layers.Select((_, l) => step.Effective(l))];

    private static float[][] Effective(FixedNetwork network, TaskMask mask) => [.. network.Shape.Layers.Select((layer, l) =>
    {
        float[] weights = new float[layer.Count];
        MaskBits.Select(mask.Layer(l), network.Weights(l), weights);
        return weights;
    })];

    private static void AssertClose(float[] expected, float[] actual, double share)
    {
        Assert.Equal(expected.Length, actual.Length);
        double most = share * expected.Select(MathF.Abs).DefaultIfEmpty().Max();
        for (int n = 0; n < expected.Length; n++) Assert.Equal(expected[n], actual[n], Math.Max(most, 1e-9));
    }

    private sealed class Threads : ITeam
    {
        int ITeam.Threads => Environment.ProcessorCount;

        public void Run(int parts, Action<int> body) => Parallel.For(0, parts, body);
    }
}
