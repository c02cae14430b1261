using Microsoft.Extensions.Options;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Shards;
using SupSup.Peers;
using TorchSharp;

namespace SupSup.Bench;

/// <summary>A network over pictures: a masked training step and masked answers against the dense network of a TorchSharp user.</summary>
internal static class PicturesBench
{
    private const int Rows = 128;

    // So many batches of noise that the loss does not fall to nothing, where numbers get denormal and slow.
    private const int Batches = Steps;
    private const int Steps = 6;
    private const int ManyPictures = 64;
    private const int Tasks = 50;

    private static readonly FixedNetwork Network = new(Plans.Parse("resnet18-20/3x32x32-5"), 1);
    private static readonly IMaskRule Rule = MaskRules.Get("top-k:er-16");
    private static readonly ModelNetwork Model = new(new ModelSpec { Classes = 5, Seed = 1 }, Network, Rule);

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        TunedMalloc.Apply();
        double[] times = PinnedThread.Run(0, () => Measure(options, cancellationToken));
        for (int n = 0; n < 4; n++)
        {
            (double ours, double plain) = (times[2 * n], times[(2 * n) + 1]);
            (string key, string what, double must, double aim) = n switch
            {
                0 => ("pictureStepOverDense", "masked training step of ResNet-18 (20 channels), batch of 128 / plain dense step", 1.1, 0.8),
                1 => ("pictureOverDense", "one picture by a stored k = 16 mask / plain dense network", 1.0, 0.3),
                2 => ("picturesOverDense", $"{ManyPictures} pictures by a stored k = 16 mask / plain dense network", 1.0, 0.3),
                _ => ("pictureKeptOpen", $"one picture by each of {Tasks} masks, networks kept open / opened anew", 0.5, 0.3),
            };
            report.AtMost(key, what, ours / plain, must, aim, $"{ours:F2} ms / {plain:F2} ms");
        }
    }

    private static double[] Measure(BenchOptions options, CancellationToken cancellationToken)
    {
        PlainTorch.OnThisThread();
        (float[] Inputs, int[] Labels)[] batches = [.. Enumerable.Range(0, Batches).Select(Batch)];
        (float[] inputs, int[] labels) = batches[0];
        Recipe recipe = Recipes.Get("sparse-paper");
        using TrainingSession session = new(Network, Rule, recipe, 1);
        using PlainPictures plain = new(Network.Plan);
        (torch.Tensor Inputs, torch.Tensor Labels)[] tensors = [.. batches.Select(batch => (
            torch.tensor(batch.Inputs, [Rows, Network.Plan.Inputs]), torch.tensor(batch.Labels.Select(label => (long)label).ToArray())))];
        session.Step(inputs, labels);

        // As it is stored: opening decodes the mask and makes what its kept weights are, once.
        byte[] file = MaskFile.Write(Network, session.Mask());
        using IMaskedNetwork masked = NetworkEngines.Open(Network, MaskFile.Read(Network, file, "of the benchmark"));
        using OpenNetworks open = Kept(bytes: 1L << 30), anew = Kept(bytes: 0);
        TaskMask[] masks = [.. Enumerable.Range(0, Tasks).Select(Untrained)];
        float[] one = inputs[..Network.Plan.Inputs], many = inputs[..(ManyPictures * Network.Plan.Inputs)];
        double[] times = Rounds.Medians(
            options.Rounds,
            cancellationToken,
            () => Rounds.Each(Steps, n => session.Step(batches[n].Inputs, batches[n].Labels)),
            () => Rounds.Each(Steps, n => plain.Step(tensors[n].Inputs, tensors[n].Labels)),
            () => Rounds.Each(10 * Steps, _ => masked.Logits(one, 1)),
            () => Rounds.Each(10 * Steps, _ => plain.Logits(one, 1)),
            () => Rounds.Each(Steps, _ => masked.Logits(many, ManyPictures)),
            () => Rounds.Each(Steps, _ => plain.Logits(many, ManyPictures)),
            () => Rounds.Each(Steps, _ => RunAll(open)),
            () => Rounds.Each(Steps, _ => RunAll(anew)));
        void RunAll(OpenNetworks networks)
        {
            foreach (TaskMask mask in masks)
                networks.Predict(Model, mask, new InputBatch { Rows = 1, Values = one }, Network.Plan.Outputs);
        }

        foreach ((torch.Tensor pictures, torch.Tensor classes) in tensors)
        {
            pictures.Dispose();
            classes.Dispose();
        }

        return times;
    }

    private static OpenNetworks Kept(long bytes) =>
        new(Options.Create(new ComputeOptions { OpenNetworkBytes = bytes }), TimeProvider.System);

    // The mask of the scores that training begins with.
    private static TaskMask Untrained(int task)
    {
        using TrainingSession session = new(Network, Rule, Recipes.Get("sparse-paper") with { BatchSize = 16 }, (ulong)task);
        return session.Mask();
    }

    private static (float[] Inputs, int[] Labels) Batch(int seed)
    {
        Random random = new(seed);
        return (
            [.. Enumerable.Range(0, Rows * Network.Plan.Inputs).Select(_ => (float)((4 * random.NextDouble()) - 2))],
            [.. Enumerable.Range(0, Rows).Select(_ => random.Next(Network.Plan.Outputs))]);
    }
}
