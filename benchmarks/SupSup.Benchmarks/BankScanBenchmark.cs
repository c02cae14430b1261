using BenchmarkDotNet.Attributes;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Peers;
using TorchSharp;

namespace SupSup.Benchmarks;

/// <summary>One pass over a bank of random masks, by image: its tables, the scan, and the best 16 masks.</summary>
[InstructionSets("NoAVX512", "NoAVX2")]
public class BankScanBenchmark
{
    private const int Many = 64;

    private BankSnapshot? _bank;
    private RankOneFactors? _factors;
    private BankRead? _read;
    private int _image;

    [Params(250, 2500)]
    public int Masks { get; set; }

    [GlobalSetup]
    public void FillBank()
    {
        torch.set_num_threads(1);
        TaskMask[] masks = BenchmarkNetwork.RandomMasks(Masks);
        MaskBank bank = new(BenchmarkNetwork.Network);
        bank.Put([.. masks.Select((mask, slot) => KeyValuePair.Create(slot, mask))]);
        _bank = bank.Snapshot;
        using EffectiveNetwork superposition = BenchmarkNetwork.Superpose(masks);
        (float[] inputs, _) = BenchmarkNetwork.Task(0).Test(0, Many);
        _factors = superposition.Differentiate(inputs, Many, Objectives.Get("G"), BenchmarkNetwork.Classes);
        _read = new BankRead(bank.MemoryBytes);
    }

    [GlobalCleanup]
    public void Dispose() => _read?.Dispose();

    [Benchmark(Description = "reading the bank's bytes", Baseline = true)]
    public ulong Read() => _read!.Sum();

    [Benchmark(Description = "coarse, 1 image")]
    public int CoarseOfOne() => Scan(ScanDepth.Coarse, 1);

    [Benchmark(Description = "full, 1 image")]
    public int FullOfOne() => Scan(ScanDepth.Full, 1);

    [Benchmark(Description = "coarse, each of 64 images", OperationsPerInvoke = Many)]
    public int CoarseOfMany() => Scan(ScanDepth.Coarse, Many);

    [Benchmark(Description = "full, each of 64 images", OperationsPerInvoke = Many)]
    public int FullOfMany() => Scan(ScanDepth.Full, Many);

    private int Scan(ScanDepth depth, int images)
    {
        using BankScan scan = new(
            _bank!, default, _factors!, [.. Enumerable.Range(0, images).Select(_ => _image++ % Many)], LayerSelection.All, depth);
        return scan.Run(best: 16).Aggregate(0, (slots, found) => slots ^ found.Slots[0]);
    }
}
