using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Search;
using SupSup.Core.Tests.Banks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Processors;

/// <summary>What must be the same bits on every processor, through the code that chooses registers at run time.</summary>
internal static class ProcessorDigest
{
    /// <summary>The registers that this process computes with, in one line.</summary>
    public static string Registers =>
        $"floats {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)}, bytes "
            + $"{ScanKernelChoice.Best.Name}, sums {(Avx512BW.IsSupported ? 512 : Avx2.IsSupported ? 256 : 32)}";

    /// <summary>A line each for training, scanning and running: what it is and the hash of its results.</summary>
    public static string[] Compute() =>
        [Training("adam"), Training("rmsprop"), Scanning(ScanDepth.Coarse), Scanning(ScanDepth.Full), Searching(), Running()];

    private static string Training(string optimizer)
    {
        FixedNetwork network = BankData.Network("40-30-20-25");
        Recipe recipe = Recipes.Get("fast") with { Optimizer = optimizer, Batches = 6, BatchSize = 16 };
        using TrainingSession session = new(network, new ThresholdMaskRule(), recipe, 77);
        XxHash64 hash = new();
        for (int done = 0; done < 6; done++)
        {
            float[] inputs = BankData.Factors(network.Shape, 16, done, 0.7).Activations[0];
            Append(hash, [session.Step(inputs, [.. Enumerable.Range(done, 16)])]);
        }

        TrainingCheckpoint end = session.Capture();
        foreach (float[] values in end.Scores.Concat(end.OptimizerState)) Append(hash, values);
        hash.Append(session.Mask().Bits.Span);
        return $"training with {optimizer}: {hash.GetCurrentHashAsUInt64():x}";
    }

    private static string Scanning(ScanDepth depth)
    {
        XxHash64 hash = new();
        foreach ((string sizes, double background) in new[] { ("60-50-20", 0.8), ("60-50-20", 0), ("33-1030", 0.5) })
        {
            FixedNetwork network = BankData.Network(sizes);
            BankSnapshot bank = BankData.Bank(network, RandomData.Masks(network.Shape, 20, 1)).Snapshot;
            using BankScan scan = new(bank, default, BankData.Factors(network.Shape, 2, 1, background), [0, 1], LayerSelection.All, depth);
            scan.Prepare(0, 2);
            scan.Scan(0, scan.Blocks);
            for (int row = 0; row < 2; row++)
                Append(hash, [.. BankData.Scores(scan, row).OrderBy(pair => pair.Key).Select(pair => pair.Value)]);
        }

        return $"scanning {depth}: {hash.GetCurrentHashAsUInt64():x}";
    }

    private static string Searching()
    {
        FixedNetwork network = BankData.Network("60-50-20");
        using BankSearch search = new(network, 10);
        MaskBank bank = BankData.Bank(network, RandomData.Masks(network.Shape, 70, 1));
        SearchAnswer[] answers = search.Find(
            bank.Snapshot, BankData.Factors(network.Shape, 6, 1, 0.8), LayerSelection.All, SearchRule.OneShot);
        XxHash64 hash = new();
        foreach (SearchAnswer answer in answers) Append(hash, [answer.Task, (float)answer.Run.Score, answer.Run.Class]);
        return $"searching: {hash.GetCurrentHashAsUInt64():x}";
    }

    private static string Running()
    {
        FixedNetwork network = BankData.Network("60-50-20");
        BankSnapshot bank = BankData.Bank(network, RandomData.Masks(network.Shape, 20, 1)).Snapshot;
        using MaskRunner runner = new(network);
        XxHash64 hash = new();
        foreach (double background in new[] { 0, 0.8 })
            for (int slot = 0; slot < 20; slot++)
                Append(hash, runner.Logits(bank, slot, BankData.Factors(network.Shape, 1, slot, background).Activation(0, 0)));
        return $"running: {hash.GetCurrentHashAsUInt64():x}";
    }

    private static void Append(XxHash64 hash, ReadOnlySpan<float> values) => hash.Append(MemoryMarshal.AsBytes(values));
}
