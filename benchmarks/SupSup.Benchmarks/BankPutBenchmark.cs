using BenchmarkDotNet.Attributes;
using SupSup.Core.Banks;
using SupSup.Core.Masks;

namespace SupSup.Benchmarks;

/// <summary>Putting masks into a bank, by mask.</summary>
[InstructionSets]
public class BankPutBenchmark
{
    private const int Masks = 256;

    private readonly TaskMask[] _masks = BenchmarkNetwork.RandomMasks(Masks);
    private readonly KeyValuePair<int, TaskMask>[] _pairs = new KeyValuePair<int, TaskMask>[Masks];
    private readonly MaskBank _full = new(BenchmarkNetwork.Network);
    private int _done;

    [GlobalSetup]
    public void FillBank()
    {
        for (int slot = 0; slot < Masks; slot++) _pairs[slot] = KeyValuePair.Create(slot, _masks[slot]);
        _full.Put(_pairs);
    }

    [Benchmark(Description = "256 at once into a new bank", Baseline = true, OperationsPerInvoke = Masks)]
    public int AtOnce()
    {
        MaskBank bank = new(BenchmarkNetwork.Network);
        bank.Put(_pairs);
        return bank.Snapshot.Count;
    }

    [Benchmark(Description = "256 one by one into a new bank", OperationsPerInvoke = Masks)]
    public int OneByOne()
    {
        MaskBank bank = new(BenchmarkNetwork.Network);
        for (int slot = 0; slot < Masks; slot++) bank.Put(slot, _masks[slot]);
        return bank.Snapshot.Count;
    }

    [Benchmark(Description = "one in place of another of 256")]
    public int Replace()
    {
        int slot = _done++ % Masks;
        _full.Put(slot, _masks[Masks - 1 - slot]);
        return _full.Snapshot.Count;
    }
}
