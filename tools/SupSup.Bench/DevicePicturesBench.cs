using System.Diagnostics;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Engines;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Bench;

/// <summary>Images a second of a network over pictures on the GPU: tasks trained together, and one by one.</summary>
internal static class DevicePicturesBench
{
    // Before the first of them CUDA starts, kernels are chosen and memory is taken.
    private const int Warmup = 10;
    private const int Batches = 30;
    private const int Examples = 2500;

    private static readonly int[] GroupSizes = [1, 5, 20];
    private static readonly FixedNetwork Network = new(Plans.Parse("resnet18-20/3x32x32-5"), 1);
    private static readonly IMaskRule Rule = MaskRules.Get("top-k:er-16");
    private static readonly Recipe Recipe = Recipes.Get("sparse-paper") with { Batches = Warmup + Batches };

    /// <summary>Measures.</summary>
    public static void Run(BenchOptions options, BenchReport report, Action<string> say, CancellationToken cancellationToken)
    {
        ComputeDevice device = ComputeDevice.Parse("auto");
        if (device.Gpu is null)
        {
            say("no GPU, or a build without CUDA: nothing to measure (docs/device-training.md)");
            return;
        }

        ClassificationTask noise = new WholeFamily().Make(Noise(), 1, 0);
        INetworkEngine engine = TorchBackend.Get<ITorchEngines>().CreateEngine(device, Environment.ProcessorCount);
        using IGroupTrainer trainer = TorchBackend.Get<IGroupTrainers>().CreateGroupTrainer(device);
        TrainingJob Job(int task, BatchReport? heard = null) => new() { Data = noise, Index = task, Engine = engine, OnBatches = heard };

        // Milliseconds that a batch of one task takes.
        double Measure(int tasks, Action<BatchReport> train)
        {
            long start = 0, end = 0;
            train((done, _, _) =>
            {
                if (done == Warmup) start = Stopwatch.GetTimestamp();
                if (done == Recipe.Batches) end = Stopwatch.GetTimestamp();
            });
            double time = Stopwatch.GetElapsedTime(start, end).TotalMilliseconds / Batches / tasks;
            say($"  {tasks} at once: {1000 * Recipe.BatchSize / time:F0} images a second");
            return time;
        }

        double Group(int size) => Measure(size, heard => trainer.Train(
            Network, Rule, Recipe, [.. Enumerable.Range(0, size).Select(task => Job(task, task == size - 1 ? heard : null))],
            cancellationToken));

        double OneByOne() =>
            Measure(1, heard => TaskTrainer.Train(Network, Rule, Recipe, Job(0, heard) with { Stop = cancellationToken }));

        double[] times = Rounds.Medians(
            options.Rounds, cancellationToken, [OneByOne, .. GroupSizes.Select(size => (Func<double>)(() => Group(size)))]);
        double[] rates = [.. times.Select(time => 1000 * Recipe.BatchSize / time)];
        report.Note("devicePicturesPerSecondOneByOne", rates[0]);
        for (int n = 0; n < GroupSizes.Length; n++) report.Note($"devicePicturesPerSecondInGroupsOf{GroupSizes[n]:D2}", rates[n + 1]);
        report.Add(new BenchFigure(
            "devicePicturesTogetherOverOneByOne", $"{Network.Plan}: {GroupSizes[^1]} tasks together on the GPU / one by one there",
            rates[^1] / rates[0], 1, 3, AtLeast: true, $"{rates[^1]:F0} / {rates[0]:F0} images a second"));
    }

    private static Dataset Noise()
    {
        Random random = new(1);
        byte[] pixels = new byte[Examples * Network.Plan.Inputs];
        random.NextBytes(pixels);
        ExampleSet set = new(new ExampleShape.Pixels(3, 32, 32), pixels, [.. Enumerable.Range(0, Examples).Select(n => n % 5)]);
        return new("noise", set, set, 5, new Normalization([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]));
    }
}
