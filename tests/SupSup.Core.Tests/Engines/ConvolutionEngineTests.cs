using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;
using SupSup.Core.Training;
using SupSup.Reference;
using static TorchSharp.torch;

namespace SupSup.Core.Tests.Engines;

public sealed class ConvolutionEngineTests
{
    private const double Rate = 1e-2;
    private const string Blocks =
        "conv4-norm-relu-res(conv4-norm-relu-conv4-norm)-relu-res(conv6:3:2-norm-relu-conv6-norm|conv6:1:2-norm)-relu-average/2x8x8-3";

    private const string Nested =
        "conv4-norm-res(norm-relu-conv4-norm-relu-conv4)-res(res(conv4)-swish-conv4|relu-conv4)-res(res(conv4))-average/2x8x8-3";

    [Theory]
    [InlineData("conv4-norm-relu-average/2x6x5-3", 20)]
    [InlineData("conv5-relu-max2-conv7:5-swish-flatten-9-relu/3x8x8-4", 16)]
    [InlineData("conv4:3:2-norm-swish-average/2x9x9-3", 5)]
    [InlineData("conv4:7:2-norm-relu-max3:2-conv6:1-norm-average/2x17x15-3", 33)]
    [InlineData("conv6:5:3-norm-relu-conv5:1:2-normbatch-relu-average/2x14x14-3", 16)]
    [InlineData(Blocks, 17)]
    [InlineData(Nested, 18)]
    [InlineData("res(relu-conv2)-res(max3:1-norm)-res(swish)-average/2x8x8-3", 16)]
    [InlineData("resnet18-20/3x32x32-5", 8)]
    public void Given_any_plan_when_trained_then_losses_gradients_statistics_and_logits_are_those_of_the_reference(string text, int rows)
    {
        set_num_threads(1);
        NetworkPlan plan = Plans.Parse(text);
        FixedNetwork network = new(plan, 5);
        IMaskRule rule = MaskRules.Get("top-k:0.4");
        float[] inputs = RandomData.Floats(rows * plan.Inputs, 1);
        int[] labels = [.. Enumerable.Range(0, rows).Select(n => n % plan.Outputs)];
        using ConvolutionStep step = new(network, rule, ScoreOptimizers.Get("adam"), 1e-4, rows, Alone.Team);
        step.Load(InitialScores.Of(network, Recipes.Get("paper"), 3), null, null);
        double[] rates = [.. plan.Shape.Layers.Select(_ => Rate)];
        using ReferenceNetwork reference = new(plan, Effective());

        float loss = step.Differentiate(inputs, labels);
        ReferencePass pass = reference.Differentiate(inputs, labels);

        Assert.Equal(pass.Loss, loss, 1e-4);
        for (int l = 0; l < plan.Shape.Layers.Length; l++)
        {
            float[] expected = pass.Gradients[l], actual = step.Gradient(l).ToArray();
            double size = expected.Max(Math.Abs);
            Assert.True(size > 0, $"layer {l} has no gradient");
            for (int n = 0; n < expected.Length; n++)
                Assert.True(Math.Abs(expected[n] - actual[n]) <= 2e-3 * size, $"layer {l}, weight {n}: {actual[n]}, not {expected[n]}");
        }

        float[][] before = Effective();
        step.Update(rates, 1);
        Assert.Equal(reference.Statistics, step.Statistics(), (a, b) => Math.Abs(a - b) <= 1e-4 * Math.Max(1, Math.Abs(a)));
        TaskMask mask = TaskMask.Keeping(
            network.Shape, before, plan.NormalizedChannels == 0 ? null : ChannelStatistics.Of(step.Statistics()));
        using IMaskedNetwork masked = NetworkEngines.Open(network, mask);
        Assert.Equal(reference.Logits(inputs), masked.Logits(inputs, rows), (a, b) => Math.Abs(a - b) <= 1e-2 * Math.Max(1, Math.Abs(a)));

        float[][] Effective() => [.. plan.Shape.Layers.Select((_, l) => step.Effective(l))];
    }

    [Theory]
    [InlineData("conv5-relu-max2-conv7:5-swish-flatten-9-relu/3x8x8-4")]
    [InlineData("conv4:7:2-norm-relu-max3:2-conv6:1-norm-average/2x37x35-3")]
    [InlineData("conv6:5:3-norm-swish-conv5:1:2-relu-conv4-average/2x24x24-3")]
    [InlineData("relu-conv3-conv4-norm-average/2x20x18-3")]
    [InlineData(Blocks)]
    [InlineData(Nested)]
    [InlineData("resnet18-20/3x32x32-5")]
    public void Given_one_picture_when_run_alone_then_logits_and_evidence_are_those_it_has_among_others_bit_for_bit(string text)
    {
        const int Rows = 18;
        FixedNetwork network = new(Plans.Parse(text), 5);
        TaskMask random = RandomData.Mask(network.Shape, 2);
        int channels = network.Plan.NormalizedChannels;
        TaskMask mask = channels == 0 ? random : new(
            network.Shape,
            random.Bits.ToArray(),
            ChannelStatistics.Of([.. RandomData.Floats(channels, 3), .. RandomData.Floats(channels, 4).Select(value => 1 + value)]));
        float[] inputs = RandomData.Floats(Rows * network.Plan.Inputs, 1);
        using IMaskedNetwork masked = NetworkEngines.Open(network, mask);

        float[] among = masked.Logits(inputs, Rows);
        MaskPrediction[] readAmong = masked.Predict(inputs, Rows, 2);

        float[] alone = [.. Enumerable.Range(0, Rows).SelectMany(row => masked.Logits(Picture(row), 1))];
        MaskPrediction[] readAlone = [.. Enumerable.Range(0, Rows).Select(row => masked.Predict(Picture(row), 1, 2)[0])];
        Assert.Equal(among, alone);
        Assert.Equal(readAmong, readAlone);

        ReadOnlySpan<float> Picture(int row) => inputs.AsSpan(row * network.Plan.Inputs, network.Plan.Inputs);
    }

    [Theory]
    [InlineData("norm-conv4-norm-relu-average/2x6x5-4", 3)]
    [InlineData("norm-conv4-norm-relu-average/2x6x5-4", 70)]
    [InlineData("norm-conv4-normbatch-relu-average/2x6x5-4", 18)]
    [InlineData("normbatch-conv4-relu-average/2x6x5-4", 18)]
    [InlineData("conv4-relu-average/2x6x5-4", 18)]
    public void Given_pictures_when_predicted_then_evidence_is_that_of_logits_less_what_the_first_channels_say_against_them(
        string text, int rows)
    {
        const int Channels = 2, Area = 30, Classes = 3;
        FixedNetwork network = new(Plans.Parse(text), 5);
        float[] running = [.. new float[network.Plan.NormalizedChannels], .. Enumerable.Repeat(1f, network.Plan.NormalizedChannels)];
        bool isFirst = text.StartsWith("norm-", StringComparison.Ordinal);
        if (isFirst) (running[0], running[1], running[^network.Plan.NormalizedChannels]) = (0.5f, -0.25f, 4);
        ChannelStatistics? statistics = running.Length == 0 ? null : ChannelStatistics.Of(running);
        float[] inputs = RandomData.Floats(rows * network.Plan.Inputs, 1);
        using IMaskedNetwork masked = NetworkEngines.Open(
            network, new TaskMask(network.Shape, RandomData.Mask(network.Shape, 2).Bits.ToArray(), statistics));

        MaskPrediction[] read = masked.Predict(inputs, rows, Classes);

        float[][] logits = [.. masked.Logits(inputs, rows).Chunk(network.Plan.Outputs)];
        for (int row = 0; row < rows; row++)
        {
            double divergence = Enumerable.Range(0, Channels).Average(c => Divergence(
                inputs.AsSpan(((row * Channels) + c) * Area, Area).ToArray(), c == 0 ? 0.5 : -0.25, c == 0 ? 4 : 1));
            double against = isFirst ? Evidence.Against(divergence) : 0;
            Assert.True(isFirst == against > 0);
            Assert.Equal(Evidence.Of(logits[row], Classes) - against, read[row].Evidence, 1e-6);
        }

        static double Divergence(float[] values, double mean, double variance)
        {
            double own = values.Average(value => (double)value), unit = variance + 1e-5;
            double ratio = (values.Average(value => (value - own) * (value - own)) / unit) + Evidence.LeastVariance;
            return (ratio - 1 - Math.Log(ratio) + ((own - mean) * (own - mean) / unit)) / 2;
        }
    }

    [Fact]
    public void Given_pictures_brighter_than_a_mask_learned_when_predicted_then_it_has_less_evidence_than_one_that_learned_such()
    {
        const int Rows = 20;
        FixedNetwork network = new(Plans.Parse("norm-conv8-relu-average/2x8x8-6"), 5);
        byte[] bits = RandomData.Mask(network.Shape, 2).Bits.ToArray();
        float[] bright = [.. RandomData.Floats(Rows * network.Plan.Inputs, 1).Select(value => 9 + (3 * value))];

        (double logits, double evidence) = Mean([0, 0, 1, 1]);
        (double ownLogits, double ownEvidence) = Mean([9, 9, 3, 3]);

        Assert.True(logits > ownLogits, $"the logits alone speak for the other mask: {logits}, {ownLogits}");
        Assert.True(ownEvidence > evidence, $"{ownEvidence} is not more than {evidence}");

        (double Logits, double Evidence) Mean(float[] statistics)
        {
            using IMaskedNetwork masked = NetworkEngines.Open(network, new TaskMask(network.Shape, bits, ChannelStatistics.Of(statistics)));
            return (masked.Logits(bright, Rows).Chunk(6).Average(row => Evidence.Of(row, 3)),
                masked.Predict(bright, Rows, 3).Average(read => read.Evidence));
        }
    }

    [Fact]
    public void Given_more_rows_than_were_foreseen_when_trained_with_any_team_then_every_bit_is_the_same()
    {
        FixedNetwork network = new(Plans.Parse("conv5-norm-relu-res(conv5:3:1-norm)-relu-conv8:3:2-norm-swish-average/3x12x12-4"), 1);
        int rows = 40;
        float[] inputs = RandomData.Floats(rows * network.Plan.Inputs, 1);
        int[] labels = [.. Enumerable.Range(0, rows).Select(n => n % 4)];

        TaskMask[] masks = [.. new[] { (40, (ITeam)Alone.Team), (40, new Backwards()), (3, new Backwards()) }.Select(Train)];

        Assert.Equal(masks[0].Bits.ToArray(), masks[1].Bits.ToArray());
        Assert.Equal(masks[0].Bits.ToArray(), masks[2].Bits.ToArray());
        Assert.Equal(masks[0].Statistics, masks[1].Statistics);
        Assert.Equal(masks[0].Statistics, masks[2].Statistics);

        TaskMask Train((int Room, ITeam Team) how)
        {
            using ConvolutionStep step = new(network, MaskRules.Get("top-k:er-2"), ScoreOptimizers.Get("adam"), 0, how.Room, how.Team);
            step.Load(InitialScores.Of(network, Recipes.Get("paper"), 3), null, null);
            for (int n = 1; n <= 3; n++)
            {
                step.Differentiate(inputs, labels);
                step.Update([Rate, Rate, Rate, Rate], n);
            }

            return TaskMask.Keeping(
                network.Shape, Enumerable.Range(0, 4).Select(step.Effective), ChannelStatistics.Of(step.Statistics()));
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
}
