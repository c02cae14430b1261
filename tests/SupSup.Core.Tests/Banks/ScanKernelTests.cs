using CsCheck;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Banks;

public sealed class ScanKernelTests
{
    [Theory]
    [MemberData(nameof(BankData.Cases), MemberType = typeof(BankData))]
    public void Given_awkward_shapes_when_scanned_with_any_registers_then_scores_are_those_of_the_scalar_code_to_the_last_bit(
        string sizes, double background)
    {
        FixedNetwork network = BankData.Network(sizes);
        Check(BankData.Bank(network, RandomData.Masks(network.Shape, 18, 1)).Snapshot, BankData.Factors(network.Shape, 2, 1, background));
    }

    [Fact]
    public void Given_one_to_forty_lanes_when_scanned_with_any_registers_then_scores_are_those_of_the_scalar_code_to_the_last_bit()
    {
        FixedNetwork network = BankData.Network("60-21-12");
        MaskBank bank = new(network);
        for (int slot = 0; slot < 40; slot++)
        {
            bank.Put(slot, RandomData.Mask(network.Shape, slot));
            Check(bank.Snapshot, BankData.Factors(network.Shape, 2, slot, 0.5));
        }
    }

    [Fact]
    public void Given_any_small_shape_when_scanned_with_any_registers_then_scores_are_those_of_the_scalar_code_to_the_last_bit() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70].Array[0, 2], Gen.Int[2, 70], Gen.Double[0, 1], Gen.Int[1, 10_000]).Sample(
            (inputs, hidden, outputs, background, seed) =>
            {
                FixedNetwork network = new(NetworkPlan.Dense(inputs, hidden, outputs), (ulong)seed);
                Check(BankData.Bank(network, RandomData.Masks(network.Shape, 3, seed)).Snapshot, BankData.Factors(
                    network.Shape, 2, seed, background));
            },
            iter: 100);

    [Fact]
    public void Given_this_processor_when_kernels_are_listed_then_the_scalar_one_is_last_and_the_best_first()
    {
        Assert.Equal("scalar", ScanKernelChoice.Supported[^1].Name);
        Assert.Same(ScanKernelChoice.Supported[0], ScanKernelChoice.Best);
        Assert.Equal(ScanKernelChoice.Supported.Count, ScanKernelChoice.Supported.Select(kernel => kernel.Name).Distinct().Count());
    }

    private static void Check(BankSnapshot bank, RankOneFactors factors)
    {
        foreach (ScanDepth depth in Enum.GetValues<ScanDepth>())
        {
            foreach (LayerSelection layers in Enum.GetValues<LayerSelection>())
            {
                float[] expected = Scores(bank, factors, layers, depth, ScanKernelChoice.Supported[^1]);
                Assert.All(expected, score => Assert.True(float.IsFinite(score)));
                foreach (IScanKernel kernel in ScanKernelChoice.Supported)
                    Bits.AssertSame(expected, Scores(bank, factors, layers, depth, kernel), $"{kernel.Name}, {depth}, {layers}");
            }
        }
    }

    private static float[] Scores(BankSnapshot bank, RankOneFactors factors, LayerSelection layers, ScanDepth depth, IScanKernel kernel)
    {
        using BankScan scan = new(
            bank, default, new ScanPlans(bank.Network, factors, [.. Enumerable.Range(0, factors.Rows)], layers), depth, kernel);
        scan.Prepare(0, scan.Rows);
        scan.Scan(0, scan.Blocks);
        return [.. Enumerable.Range(0, scan.Rows)
            .SelectMany(row => BankData.Scores(scan, row).OrderBy(pair => pair.Key).Select(pair => pair.Value))];
    }
}
