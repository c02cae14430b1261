using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed class BankArrangementTests
{
    public static TheoryData<string> Shapes => [.. BankData.AwkwardShapes];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Given_masks_laid_out_anew_when_read_counted_and_run_then_all_is_as_before_to_the_last_bit(string sizes)
    {
        FixedNetwork network = BankData.Network(sizes);
        TaskMask[] masks = RandomData.Masks(network.Shape, 20, 1);
        MaskBank bank = BankData.Bank(network, masks);
        BankSnapshot before = bank.Snapshot;
        RankOneFactors factors = BankData.Factors(network.Shape, 9, 1, 0.5);

        Arrange(bank);

        Assert.NotSame(before.Layout.Order, bank.Snapshot.Layout.Order);
        using MaskRunner runner = new(network);
        for (int slot = 0; slot < masks.Length; slot++)
        {
            Assert.Equal(masks[slot].Bits.ToArray(), bank.Snapshot[slot].Bits.ToArray());
            Assert.Equal(Runs(runner, before, slot, factors, 1), Runs(runner, bank.Snapshot, slot, factors, 1));
        }

        Assert.Equal(Runs(runner, before, 3, factors, 9), Runs(runner, bank.Snapshot, 3, factors, 9));
        ImmutableArray<int> all = [.. Enumerable.Range(0, masks.Length)];
        for (int l = 0; l < network.Shape.Layers.Length; l++)
            Assert.Equal(before.Superimpose(all).Layer(l).ToArray(), bank.Snapshot.Superimpose(all).Layer(l).ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Given_masks_laid_out_anew_when_scanned_in_full_then_scores_are_those_of_before_but_for_rounding(string sizes)
    {
        FixedNetwork network = BankData.Network(sizes);
        MaskBank bank = BankData.Bank(network, RandomData.Masks(network.Shape, 20, 1));
        RankOneFactors factors = BankData.Factors(network.Shape, 1, 1, 0.5);
        (Dictionary<int, float> before, _) = Scan(bank, factors);

        Arrange(bank);

        (Dictionary<int, float> after, double error) = Scan(bank, factors);
        double spread = before.Values.Max() - before.Values.Min();
        Assert.All(before, score =>
            Assert.InRange(Math.Abs(after[score.Key] - score.Value), 0, (8 * Math.Sqrt(2 * error)) + (1e-4 * spread)));
    }

    [Fact]
    public void Given_masks_put_replaced_and_removed_after_an_arrangement_when_read_then_they_are_what_was_put()
    {
        FixedNetwork network = BankData.Network("60-50-20");
        TaskMask[] masks = RandomData.Masks(network.Shape, 40, 1);
        MaskBank bank = BankData.Bank(network, masks[..20]);
        Arrange(bank);

        bank.Put(20, masks[20]);
        bank.Put(3, masks[21]);
        bank.Remove(4);

        Assert.Equal(masks[20].Bits.ToArray(), bank.Snapshot[20].Bits.ToArray());
        Assert.Equal(masks[21].Bits.ToArray(), bank.Snapshot[3].Bits.ToArray());
        Assert.Equal(masks[5].Bits.ToArray(), bank.Snapshot[5].Bits.ToArray());
        Assert.False(bank.Snapshot.Contains(4));
        Assert.Null(bank.Arrange());
    }

    [Fact]
    public void Given_a_mask_put_while_masks_are_laid_out_anew_when_it_is_done_then_the_bank_keeps_what_it_has_and_can_try_again()
    {
        FixedNetwork network = BankData.Network("60-50-20");
        TaskMask[] masks = RandomData.Masks(network.Shape, 21, 1);
        MaskBank bank = BankData.Bank(network, masks[..20]);
        Observe(network);
        BankArrangement arrangement = bank.Arrange()!;
        arrangement.Run(0, arrangement.Blocks);
        bank.Put(20, masks[20]);

        Assert.False(arrangement.Done());

        Assert.Equal(masks[20].Bits.ToArray(), bank.Snapshot[20].Bits.ToArray());
        Arrange(bank);
        for (int slot = 0; slot < 21; slot++) Assert.Equal(masks[slot].Bits.ToArray(), bank.Snapshot[slot].Bits.ToArray());
    }

    [Fact]
    public void Given_few_images_or_gradients_that_are_alike_when_observed_then_masks_stay_as_they_lie()
    {
        FixedNetwork few = BankData.Network("60-50-20"), alike = BankData.Network("60-50-20", 6);
        RowEnergies.Of(few).Add(Concentrated(few, 63), [.. Enumerable.Range(0, 63)]);
        float[][] deltas = [.. alike.Shape.Layers.Select(layer => Enumerable.Repeat(1f, 100 * layer.Outputs).ToArray())];
        RankOneFactors same = new(alike.Shape, 100, [.. deltas], BankData.Factors(alike.Shape, 100, 1, 0).Activations);
        RowEnergies.Of(alike).Add(same, [.. Enumerable.Range(0, 100)]);

        Assert.Null(new MaskBank(few).Arrange());
        Assert.Null(new MaskBank(alike).Arrange());
        Observe(few);
        Assert.NotNull(new MaskBank(few).Arrange());
    }

    private static void Arrange(MaskBank bank)
    {
        Observe(bank.Snapshot.Network);
        BankArrangement arrangement = bank.Arrange()!;
        for (int block = 0; block < arrangement.Blocks; block++) arrangement.Run(block, block + 1);
        Assert.True(arrangement.Done());
    }

    private static void Observe(FixedNetwork network) =>
        RowEnergies.Of(network).Add(Concentrated(network, 100), [.. Enumerable.Range(0, 100)]);

    // The last rows have the largest gradients.
    private static RankOneFactors Concentrated(FixedNetwork network, int images)
    {
        RankOneFactors factors = BankData.Factors(network.Shape, images, 2, 0);
        ImmutableArray<float[]> deltas =
        [
            .. network.Shape.Layers.Select(layer =>
                Enumerable.Range(0, images * layer.Outputs).Select(n => MathF.Pow((n % layer.Outputs) + 1, 4)).ToArray()),
        ];
        return new RankOneFactors(network.Shape, images, deltas, factors.Activations);
    }

    private static MaskRun[] Runs(MaskRunner runner, BankSnapshot bank, int slot, RankOneFactors factors, int rows)
    {
        MaskRun[] runs = new MaskRun[rows];
        runner.Run(bank, slot, factors, [.. Enumerable.Range(0, rows)], LayerSelection.All, 2, runs);
        return runs;
    }

    private static (Dictionary<int, float> Scores, double Error) Scan(MaskBank bank, RankOneFactors factors)
    {
        using BankScan scan = new(bank.Snapshot, default, factors, [0], LayerSelection.All, ScanDepth.Full);
        scan.Prepare(0, 1);
        scan.Scan(0, scan.Blocks);
        return (BankData.Scores(scan, 0), scan.Collect(0, 1).Moments.ErrorVariance);
    }
}
