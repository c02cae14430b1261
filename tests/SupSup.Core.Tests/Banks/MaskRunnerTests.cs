using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed class MaskRunnerTests
{
    [Theory]
    [MemberData(nameof(BankData.Cases), MemberType = typeof(BankData))]
    public void Given_masks_and_images_when_run_from_their_bits_then_logits_are_those_of_the_effective_network(
        string sizes, double background)
    {
        FixedNetwork network = BankData.Network(sizes);
        TaskMask[] masks = RandomData.Masks(network.Shape, 19, 1);
        BankSnapshot bank = BankData.Bank(network, masks).Snapshot;
        RankOneFactors factors = BankData.Factors(network.Shape, 2, 1, background);
        using MaskRunner runner = new(network);

        // One runner for all, so that what one run leaves would show in the next.
        foreach (int slot in new[] { 0, 7, 8, 15, 16, 18, 0 })
        {
            using EffectiveNetwork effective = EffectiveNetwork.Of(network, masks[slot]);
            for (int row = 0; row < 2; row++)
            {
                float[] expected = effective.Logits(factors.Activation(0, row), 1);
                AssertClose(
                    expected, runner.Logits(bank, slot, factors.Activation(0, row)), LargestTerms(network, factors.Activation(0, row)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(BankData.Cases), MemberType = typeof(BankData))]
    public void Given_factors_when_a_mask_is_run_then_its_score_is_that_of_the_scorer_and_class_and_entropy_those_of_its_logits(
        string sizes, double background)
    {
        FixedNetwork network = BankData.Network(sizes);
        TaskMask[] masks = RandomData.Masks(network.Shape, 19, 1);
        BankSnapshot bank = BankData.Bank(network, masks).Snapshot;
        RankOneFactors factors = BankData.Factors(network.Shape, 2, 1, background);
        int classes = Math.Max(1, network.Plan.Outputs / 2);
        using MaskRunner runner = new(network);
        using MaskRunner other = new(network);
        foreach (LayerSelection layers in Enum.GetValues<LayerSelection>())
        {
            GradientScores scorer = new(network, layers);
            for (int row = 0; row < 2; row++)
            {
                float[] expected = scorer.Of(factors, row, 1, masks);
                double largest = expected.Max(Math.Abs);
                for (int slot = 0; slot < masks.Length; slot++)
                {
                    MaskRun run = runner.Run(bank, slot, factors, row, layers, classes);

                    Assert.Equal(expected[slot], run.Score, (1e-5 * largest) + 1e-5);
                    MaskPrediction read = MaskPrediction.Of(other.Logits(bank, slot, factors.Activation(0, row)), classes);
                    MaskRun[] unscored = new MaskRun[1];
                    other.Run(bank, slot, factors.Activations[0], [row], classes, unscored);
                    Assert.Equal(read, new MaskPrediction(run.Class, run.Entropy, run.Evidence));
                    Assert.Equal(run with { Score = double.NaN }, unscored[0]);
                }
            }
        }
    }

    // Some as they are unpacked for, and more than go through the layers at once.
    [Theory]
    [MemberData(nameof(BankData.Cases), MemberType = typeof(BankData))]
    public void Given_many_images_of_a_mask_when_run_together_then_every_bit_is_as_alone_from_its_packed_bits(
        string sizes, double background)
    {
        const int Images = 40;
        FixedNetwork network = BankData.Network(sizes);
        BankSnapshot bank = BankData.Bank(network, RandomData.Masks(network.Shape, 19, 1)).Snapshot;
        RankOneFactors factors = BankData.Factors(network.Shape, Images, 1, background);
        int classes = Math.Max(1, network.Plan.Outputs / 2);
        using MaskRunner alone = new(network);
        using MaskRunner together = new(network);
        foreach ((int slot, int images) in new[] { (0, MaskRunner.UnpackFrom), (7, 33), (18, Images), (8, MaskRunner.UnpackFrom - 1) })
            foreach (LayerSelection layers in Enum.GetValues<LayerSelection>())
            {
                // Backwards, so that a row is not its place.
                int[] rows = [.. Enumerable.Range(0, images).Select(row => Images - 1 - row)];
                MaskRun[] runs = new MaskRun[images];
                MaskRun[] unscored = new MaskRun[images];

                together.Run(bank, slot, factors, rows, layers, classes, runs);
                together.Run(bank, slot, factors.Activations[0], rows, classes, unscored);

                // Another mask is run from its bits meanwhile.
                Assert.Equal(alone.Run(bank, 3, factors, 0, layers, classes), together.Run(bank, 3, factors, 0, layers, classes));
                MaskRun[] expected = [.. rows.Select(row => alone.Run(bank, slot, factors, row, layers, classes))];
                Assert.Equal(expected, runs);
                Assert.Equal(expected.Select(run => run with { Score = double.NaN }), unscored);
            }

        together.Forget();
        Assert.Equal(
            alone.Run(bank, 8, factors, 1, LayerSelection.All, classes), together.Run(bank, 8, factors, 1, LayerSelection.All, classes));
    }

    // Row sums are kept in 16 bits where they fit.
    [Theory]
    [InlineData(65534)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void Given_the_most_inputs_that_have_row_sums_and_every_bit_of_a_row_set_when_run_then_the_logits_are_right(int inputs)
    {
        // The bits that are kept are those of the mask where the weight is positive and the others where it is negative.
        FixedNetwork network = BankData.Network($"{inputs}-3");
        byte[] bits = new byte[network.Shape.PackedBytes];
        network.WriteSigns(0, bits);
        for (int n = 0; n < inputs; n++) bits[n / 8] ^= (byte)(1 << (n % 8));
        TaskMask mask = new(network.Shape, bits);
        BankSnapshot bank = BankData.Bank(network, [mask]).Snapshot;
        float[] image = [.. Enumerable.Repeat(1f, inputs)];
        using EffectiveNetwork effective = EffectiveNetwork.Of(network, mask);
        using MaskRunner runner = new(network);

        // Of so many equal terms single sums are off by one part in ten thousand.
        float[] expected = effective.Logits(image, 1);
        ReadOnlySpan<float> logits = runner.Logits(bank, 0, image);
        Assert.True(expected[0] > 100);
        for (int n = 0; n < 3; n++) Assert.Equal(expected[n], logits[n], 0.001 * expected[0]);
    }

    [Fact]
    public void Given_the_wrong_slot_bank_image_or_factors_when_run_then_the_error_names_the_culprit()
    {
        FixedNetwork network = BankData.Network("20-10-5");
        FixedNetwork otherSeed = BankData.Network("20-10-5", seed: 6);
        FixedNetwork otherShape = BankData.Network("9-10-5");
        BankSnapshot bank = BankData.Bank(network, RandomData.Masks(network.Shape, 2, 1)).Snapshot;
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0);
        using MaskRunner runner = new(network);
        using MaskRunner reseeded = new(otherSeed);
        using MaskRunner reshaped = new(otherShape);

        AssertNames("slot 2 of the mask bank is empty", () => runner.Logits(bank, 2, new float[20]));
        AssertNames("slot 2 of the mask bank is empty", () => runner.Run(bank, 2, factors, 0, LayerSelection.All, 5));
        AssertNames("another network (20-10-5) than the runner (9-10-5)", () => reshaped.Logits(bank, 0, new float[9]));
        AssertNames("another network", () => reseeded.Logits(bank, 0, new float[20]));
        AssertNames("another network", () => reseeded.Run(bank, 0, factors, 0, LayerSelection.All, 5));
        AssertNames("19 values; an image has 20", () => runner.Logits(bank, 0, new float[19]));
        AssertNames("21 values; an image has 20", () => runner.Logits(bank, 0, new float[21]));
    }

    // Inputs of more than the network's first layer would reach beyond its weights.
    [Theory]
    [InlineData("9-10-5")]
    [InlineData("30-10-5")]
    [InlineData("20-30-5")]
    public void Given_factors_of_another_network_when_run_then_the_error_names_both(string sizes)
    {
        FixedNetwork network = BankData.Network("20-40-5");
        BankSnapshot bank = BankData.Bank(network, RandomData.Masks(network.Shape, 2, 1)).Snapshot;
        using MaskRunner runner = new(network);

        AssertNames($"factors of 2 layers of matrices {BankData.Network(sizes).Shape} are too few", () => runner.Run(
            bank, 0, BankData.Factors(BankData.Network(sizes).Shape, 1, 1, 0), 0, LayerSelection.All, 5));
    }

    [Fact]
    public void Given_factors_of_the_first_layer_when_run_then_they_suffice_for_the_first_and_are_refused_for_all()
    {
        FixedNetwork network = BankData.Network("20-10-5");
        BankSnapshot bank = BankData.Bank(network, RandomData.Masks(network.Shape, 2, 1)).Snapshot;
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0);
        RankOneFactors first = new(network.Shape, 1, factors.Deltas[..1], factors.Activations[..1]);
        using MaskRunner runner = new(network);

        Assert.Equal(
            runner.Run(bank, 1, factors, 0, LayerSelection.First, 5), runner.Run(bank, 1, first, 0, LayerSelection.First, 5));
        AssertNames("factors of 1 layers of matrices 10x20 5x10 are too few to score 2 layers", () => runner.Run(
            bank, 1, first, 0, LayerSelection.All, 5));
    }

    private static void AssertNames(string culprit, Action body) =>
        Assert.Contains(culprit, Assert.ThrowsAny<ArgumentException>(body).Message, StringComparison.Ordinal);

    // Of a network that has one unit in a layer the logits can be sums of terms that cancel.
    private static double LargestTerms(FixedNetwork network, ReadOnlySpan<float> image)
    {
        double sum = 0;
        foreach (float value in image) sum += Math.Abs(value) * network.Scale(0);
        return sum / 100;
    }

    private static void AssertClose(float[] expected, ReadOnlySpan<float> actual, double scale)
    {
        double largest = Math.Max(scale, expected.Max(Math.Abs));
        Assert.Equal(expected.Length, actual.Length);
        for (int n = 0; n < expected.Length; n++)
            if (!(Math.Abs(expected[n] - actual[n]) <= 1e-5 * largest))
                Assert.Fail($"logit {n} of {expected.Length} is {actual[n]:R}, not {expected[n]:R}");
    }
}
