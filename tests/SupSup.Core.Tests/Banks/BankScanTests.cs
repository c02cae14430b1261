using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed class BankScanTests
{
    private const int Masks = 200;
    private const int Rows = 4;

    public static TheoryData<string, double, LayerSelection> Cases
    {
        get
        {
            TheoryData<string, double, LayerSelection> cases = [];
            foreach (string sizes in new[] { "19-33-31", "100-8", "784-60-20-50", "33-1030", "60-1030-30" })
            {
                foreach (double background in new[] { 0, 0.8 })
                    foreach (LayerSelection layers in Enum.GetValues<LayerSelection>()) cases.Add(sizes, background, layers);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Given_random_masks_when_scanned_in_full_then_scores_are_the_exact_ones_up_to_a_constant_and_the_error_that_was_foretold(
        string sizes, double background, LayerSelection layers)
    {
        (BankSnapshot bank, RankOneFactors factors, double[][] exact) = Make(sizes, background, layers);
        using BankScan scan = Scanned(bank, default, factors, [.. Enumerable.Range(0, Rows)], layers, ScanDepth.Full);
        double measured = 0;
        double foretold = 0;
        for (int row = 0; row < Rows; row++)
        {
            Dictionary<int, float> scores = BankData.Scores(scan, row);
            double[] errors = [.. exact[row].Select((score, slot) => scores[slot] - score)];
            double constant = errors.Average();
            ScanMoments moments = scan.Collect(row, 1).Moments;
            double sigma = Math.Sqrt(moments.ErrorVariance);
            double spread = Math.Sqrt(Variance(exact[row]));

            // Single sums of thousands of products are off too, by less than 1e-5 of the spread.
            Assert.All(errors, error => Assert.InRange(Math.Abs(error - constant), 0, (6 * sigma) + (1e-5 * spread)));
            Assert.True(sigma < 0.05 * spread, $"an error of {sigma} where scores spread by {spread} tells masks apart badly");
            Assert.Equal(0, moments.UnseenVariance);
            Assert.Equal(Masks, moments.Count);
            measured += Variance(errors) / Variance(exact[row]);
            foretold += moments.ErrorVariance / Variance(exact[row]);
        }

        Assert.InRange(measured / foretold, 0.4, 1.6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Given_random_masks_when_scanned_at_any_depth_then_what_is_not_seen_varies_as_foretold(
        string sizes, double background, LayerSelection layers)
    {
        (BankSnapshot bank, RankOneFactors factors, double[][] exact) = Make(sizes, background, layers);
        foreach (ScanDepth depth in Enum.GetValues<ScanDepth>())
        {
            using BankScan scan = Scanned(bank, default, factors, [.. Enumerable.Range(0, Rows)], layers, depth);
            List<double> unseen = [];
            for (int row = 0; row < Rows; row++)
            {
                Dictionary<int, float> scores = BankData.Scores(scan, row);
                ScanMoments moments = scan.Collect(row, 1).Moments;
                double variance = Variance([.. exact[row].Select((score, slot) => score - scores[slot])]);
                if (moments.UnseenVariance > 0) unseen.Add(variance / (moments.UnseenVariance + moments.ErrorVariance));
                Assert.Equal(
                    scores.Values.Sum(score => (double)score), moments.Sum, 1e-6 * scores.Values.Sum(score => Math.Abs((double)score)));
                Assert.Equal(scores.Values.Sum(score => (double)score * score), moments.SumOfSquares, 1e-6 * moments.SumOfSquares);
                Assert.True(depth != ScanDepth.Full || moments.UnseenVariance == 0);
            }

            // Of 200 masks the measured variance is within a fifth of the true one, and so is the mean of four images.
            if (unseen.Count > 0) Assert.InRange(unseen.Average(), 0.6, 1.35);
        }
    }

    [Theory]
    [InlineData(ScanDepth.Coarse)]
    [InlineData(ScanDepth.Middle)]
    [InlineData(ScanDepth.Full)]
    public void Given_some_slots_and_some_images_in_any_order_when_scanned_in_parts_then_scores_are_those_of_a_scan_of_all(ScanDepth depth)
    {
        (BankSnapshot bank, RankOneFactors factors, _) = Make("19-33-31", 0.5, LayerSelection.All);
        using BankScan all = Scanned(bank, default, factors, [0, 1, 2, 3], LayerSelection.All, depth);

        using BankScan some = new(bank, [150, 3, 17], factors, [2, 0], LayerSelection.All, depth);
        for (int row = 1; row >= 0; row--) some.Prepare(row, row + 1);
        for (int block = some.Blocks - 1; block >= 0; block--) some.Scan(block, block + 1);

        for (int row = 0; row < 2; row++)
        {
            Dictionary<int, float> expected = BankData.Scores(all, row == 0 ? 2 : 0);
            ScanOutcome outcome = some.Collect(row, 2);
            int[] order = [.. new[] { 150, 3, 17 }.OrderByDescending(slot => expected[slot])];
            Assert.Equal(order[..2], outcome.Slots);
            Bits.AssertSame([.. order[..2].Select(slot => expected[slot])], outcome.Scores, "scores");
            Assert.Equal(3, outcome.Moments.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Given_a_scan_deepened_step_by_step_when_all_masks_are_kept_then_its_scores_and_variances_equal_those_of_one_deep_scan(
        string sizes, double background, LayerSelection layers)
    {
        (BankSnapshot bank, RankOneFactors factors, _) = Make(sizes, background, layers);
        foreach (ScanDepth[] steps in new ScanDepth[][] { [ScanDepth.Coarse, ScanDepth.Middle, ScanDepth.Full],
            [ScanDepth.Coarse, ScanDepth.Full], [ScanDepth.Middle, ScanDepth.Full] })
        {
            using BankScan scan = Scanned(bank, default, factors, [.. Enumerable.Range(0, Rows)], layers, steps[0]);
            foreach (ScanDepth depth in steps[1..])
            {
                using BankScan atOnce = Scanned(bank, default, factors, [.. Enumerable.Range(0, Rows)], layers, depth);
                Deepen(scan, [3, 0, 2, 1], [.. Enumerable.Repeat(double.NegativeInfinity, Rows)], depth);
                foreach ((int n, int row) in new[] { 3, 0, 2, 1 }.Index())
                {
                    Dictionary<int, float> expected = BankData.Scores(atOnce, row);
                    ScanMoments whole = atOnce.Collect(row, 1).Moments;
                    ScanMoments moments = scan.Collect(n, 1).Moments;
                    AssertSameUpToAConstant(expected, BankData.Scores(scan, n), moments);
                    Assert.Equal(whole.ErrorVariance, moments.ErrorVariance);
                    Assert.Equal(whole.UnseenVariance == 0, moments.UnseenVariance == 0);
                }
            }

            Assert.False(scan.HasMore);
        }
    }

    [Fact]
    public void Given_floors_when_a_scan_is_deepened_then_blocks_below_them_are_left_out_and_other_images_stay_as_they_were()
    {
        (BankSnapshot bank, RankOneFactors factors, _) = Make("784-60-20-50", 0.8, LayerSelection.All);
        using BankScan scan = Scanned(bank, default, factors, [0, 1, 2, 3], LayerSelection.All, ScanDepth.Coarse);
        using BankScan full = Scanned(bank, default, factors, [0, 1, 2, 3], LayerSelection.All, ScanDepth.Full);
        float floor = scan.Collect(1, 5).Scores[4];
        HashSet<int> blocks = [.. scan.Collect(1, 5).Slots.Select(slot => slot / BlockLayout.Lanes)];
        ScanOutcome first = scan.Collect(1, 1);

        Deepen(scan, [1], [floor], ScanDepth.Full);

        Dictionary<int, float> found = BankData.Scores(scan, 0);
        Assert.All(found, score => Assert.Equal(blocks.Contains(score.Key / BlockLayout.Lanes), float.IsFinite(score.Value)));
        AssertSameUpToAConstant(
            BankData.Scores(full, 1), found.Where(score => float.IsFinite(score.Value)).ToDictionary(), scan.Collect(0, 1).Moments);

        // How masks spread is still what the scan of all said.
        ScanMoments moments = scan.Collect(0, 1).Moments;
        Assert.Equal(first.Moments.Spread(first.Scores[0]), moments.Spread(0), 1e-9);
        Assert.Equal(0, moments.UnseenVariance);
        Assert.True(scan.HasMore);

        // The others go on from where they were.
        Deepen(scan, [3], [double.NegativeInfinity], ScanDepth.Full);
        AssertSameUpToAConstant(BankData.Scores(full, 3), BankData.Scores(scan, 0), scan.Collect(0, 1).Moments);
    }

    [Fact]
    public void Given_a_scan_when_deepened_to_where_it_was_or_for_an_image_that_is_not_there_then_the_error_names_it()
    {
        (BankSnapshot bank, RankOneFactors factors, _) = Make("19-33-31", 0.5, LayerSelection.All);
        using BankScan scan = Scanned(bank, default, factors, [0, 1], LayerSelection.All, ScanDepth.Middle);

        var shallow = Assert.Throws<ArgumentException>(() => scan.Deepen([0], [0], [ScanDepth.Middle]));
        var unknown = Assert.Throws<ArgumentException>(() => scan.Deepen([2], [0], [ScanDepth.Full]));
        var lacking = Assert.Throws<ArgumentException>(() => scan.Deepen([0, 1], [0], [ScanDepth.Full, ScanDepth.Full]));

        Assert.Contains("image 0 was already scanned at depth Middle", shallow.Message, StringComparison.Ordinal);
        Assert.Contains("no image 2 among 2", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("1 floors and 2 depths do not fit 2 images", lacking.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_slots_with_holes_when_all_are_scanned_then_only_those_filled_are_named()
    {
        FixedNetwork network = BankData.Network("19-33-31");
        MaskBank bank = BankData.Bank(network, RandomData.Masks(network.Shape, 40, 1));
        using BankScan full = Scanned(
            bank.Snapshot, default, BankData.Factors(network.Shape, 1, 1, 0.5), [0], LayerSelection.All, ScanDepth.Full);
        Dictionary<int, float> expected = BankData.Scores(full, 0);
        foreach (int slot in new[] { 0, 15, 16, 20, 39 })
        {
            bank.Remove(slot);
            expected.Remove(slot);
        }

        using BankScan scan = Scanned(
            bank.Snapshot, default, BankData.Factors(network.Shape, 1, 1, 0.5), [0], LayerSelection.All, ScanDepth.Full);

        Assert.Equal(expected.OrderBy(pair => pair.Key), BankData.Scores(scan, 0).OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Given_an_empty_slot_or_factors_that_do_not_fit_when_set_up_then_the_error_names_the_culprit()
    {
        FixedNetwork network = BankData.Network("20-10-5");
        MaskBank bank = BankData.Bank(network, RandomData.Masks(network.Shape, 3, 1));
        bank.Remove(1);
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0);
        RankOneFactors first = new(network.Shape, 1, factors.Deltas[..1], factors.Activations[..1]);

        var slot =
            Assert.Throws<ArgumentException>(() => new BankScan(bank.Snapshot, [0, 1], factors, [0], LayerSelection.All, ScanDepth.Full));
        var shape = Assert.Throws<ArgumentException>(() => new BankScan(
            bank.Snapshot, default, BankData.Factors(BankData.Network("5-10-20").Shape, 1, 1, 0), [0], LayerSelection.All, ScanDepth.Full));
        var lacking =
            Assert.Throws<ArgumentException>(() => new BankScan(bank.Snapshot, default, first, [0], LayerSelection.All, ScanDepth.Full));
        using BankScan enough = Scanned(bank.Snapshot, default, first, [0], LayerSelection.First, ScanDepth.Full);

        Assert.Contains("slot 1 of the mask bank is empty", slot.Message, StringComparison.Ordinal);
        Assert.Contains(
            "2 layers of matrices 10x5 20x10 are too few to score 2 layers of network 20-10-5", shape.Message, StringComparison.Ordinal);
        Assert.Contains("1 layers of matrices 10x20 5x10 are too few to score 2 layers", lacking.Message, StringComparison.Ordinal);
        Assert.Equal(2, enough.Collect(0, 5).Slots.Length);
    }

    private static BankScan Scanned(BankSnapshot bank, ImmutableArray<int> slots, RankOneFactors factors, ImmutableArray<int> rows,
        LayerSelection layers, ScanDepth depth)
    {
        BankScan scan = new(bank, slots, factors, rows, layers, depth);
        scan.Prepare(0, scan.Rows);
        scan.Scan(0, scan.Blocks);
        return scan;
    }

    // Scanned scores are exact up to a constant of the image, and what rounding adds.
    private static void AssertSameUpToAConstant(Dictionary<int, float> expected, Dictionary<int, float> scores, ScanMoments moments)
    {
        double constant = scores.Average(score => score.Value - expected[score.Key]);
        double close = (8 * Math.Sqrt(2 * moments.ErrorVariance)) + (1e-5 * expected.Values.Max(Math.Abs));
        Assert.All(scores, score => Assert.InRange(Math.Abs(score.Value - expected[score.Key] - constant), 0, close));
    }

    private static void Deepen(BankScan scan, int[] images, double[] floors, ScanDepth depth)
    {
        scan.Deepen(images, floors, [.. Enumerable.Repeat(depth, images.Length)]);
        scan.Prepare(0, scan.Rows);
        scan.Scan(0, scan.Blocks);
    }

    private static (BankSnapshot Bank, RankOneFactors Factors, double[][] Exact) Make(
        string sizes, double background, LayerSelection layers)
    {
        FixedNetwork network = BankData.Network(sizes);
        TaskMask[] masks = RandomData.Masks(network.Shape, Masks, 1);
        RankOneFactors factors = BankData.Factors(network.Shape, Rows, 1, background);
        GradientScores scorer = new(network, layers);
        double[][] exact = new double[Rows][];
        for (int row = 0; row < Rows; row++)
        {
            float[] scores = scorer.Of(factors, row, 1, masks);
            exact[row] = [.. scores];
        }

        return (BankData.Bank(network, masks).Snapshot, factors, exact);
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }
}
