using BenchmarkDotNet.Attributes;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Peers;
using TorchSharp;

namespace SupSup.Benchmarks;

/// <summary>Running one mask on one image, class and entropy; a different mask and image each time.</summary>
[InstructionSets("NoAVX512", "NoAVX2")]
public class MaskRunBenchmark
{
    private const int Masks = 64;
    private const int Images = 64;

    private readonly TaskMask[] _masks = BenchmarkNetwork.RandomMasks(Masks);
    private readonly float[][] _images = new float[Images][];
    private BankSnapshot? _bank;
    private RankOneFactors? _factors;
    private MaskRunner? _runner;
    private TryEachMask? _naive;
    private int _done;

    [GlobalSetup]
    public void FillBank()
    {
        torch.set_num_threads(1);
        MaskBank bank = new(BenchmarkNetwork.Network);
        bank.Put([.. _masks.Select((mask, slot) => KeyValuePair.Create(slot, mask))]);
        _bank = bank.Snapshot;
        (float[] inputs, _) = BenchmarkNetwork.Task(0).Test(0, Images);
        using EffectiveNetwork superposition = BenchmarkNetwork.Superpose(_masks);
        _factors = superposition.Differentiate(inputs, Images, Objectives.Get("G"), BenchmarkNetwork.Classes);
        for (int image = 0; image < Images; image++) _images[image] = _factors.Activation(0, image).ToArray();
        _runner = new MaskRunner(BenchmarkNetwork.Network);
        _naive = new TryEachMask(BenchmarkNetwork.Network, _masks);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _runner?.Dispose();
        _naive?.Dispose();
    }

    [Benchmark(Description = "plain TorchSharp", Baseline = true)]
    public float Naive()
    {
        (int mask, int image) = Next();
        return _naive!.Entropy(mask, _images[image]);
    }

    [Benchmark(Description = "EffectiveNetwork, made and run")]
    public double Effective()
    {
        (int mask, int image) = Next();
        using EffectiveNetwork effective = EffectiveNetwork.Of(BenchmarkNetwork.Network, _masks[mask]);
        return effective.Predict(_images[image], 1, BenchmarkNetwork.Classes)[0].Entropy;
    }

    [Benchmark(Description = "MaskRunner, with the first layer's score")]
    public double Runner()
    {
        (int mask, int image) = Next();
        return _runner!.Run(_bank!, mask, _factors!, image, LayerSelection.First, BenchmarkNetwork.Classes).Entropy;
    }

    [Benchmark(Description = "MaskRunner, with the score of all layers")]
    public double RunnerAllLayers()
    {
        (int mask, int image) = Next();
        return _runner!.Run(_bank!, mask, _factors!, image, LayerSelection.All, BenchmarkNetwork.Classes).Entropy;
    }

    // All pairs, one after another.
    private (int Mask, int Image) Next()
    {
        int n = _done++ % (Masks * Images);
        return (n % Masks, (n + (n / Masks)) % Images);
    }
}
