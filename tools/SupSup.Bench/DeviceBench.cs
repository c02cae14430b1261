using System.Diagnostics;
using System.Numerics;
using SupSup.Core.Devices;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Bench;

/// <summary>
/// Tasks a minute in groups on the GPU, and on the processor with a task for each core, in the same rounds; and how the
/// masks of both compare.
/// </summary>
internal static class DeviceBench
{
    private static readonly int[] GroupSizes = [1, 8, 64, 256];

    /// <summary>Measures.</summary>
    public static void Run(
        BenchTasks tasks, BenchOptions options, BenchReport report, Action<string> say, CancellationToken cancellationToken)
    {
        ComputeDevice device = ComputeDevice.Parse("auto");
        if (device.Gpu is null)
        {
            say("no GPU, or a build without CUDA: nothing to measure (docs/device-training.md)");
            return;
        }

        using IGroupTrainer trainer = TorchBackend.Get<IGroupTrainers>().CreateGroupTrainer(device);
        Compare(Recipes.Get("fast"), GroupSizes, options.Rounds, tasks, trainer, report, say, cancellationToken);
        foreach (string recipe in new[] { "best", "paper" })
            Compare(Recipes.Get(recipe), [64, 256], 1, tasks, trainer, report, say, cancellationToken);
    }

    private static void Compare(
        Recipe recipe, int[] sizes, int rounds, BenchTasks tasks, IGroupTrainer trainer, BenchReport report, Action<string> say,
        CancellationToken cancellationToken)
    {
        int cores = Environment.ProcessorCount;
        ClassificationTask[] data = [.. Enumerable.Range(0, sizes.Max()).Select(tasks.Task)];
        TaskMask[] onCores = new TaskMask[cores];
        TaskMask[] onDevice = [];

        double Cores()
        {
            long start = Stopwatch.GetTimestamp();
            PinnedThread.RunAll(cores, task => onCores[task] = TaskTrainer.Train(
                BenchTasks.Network, MaskRules.Get("threshold"), recipe,
                new TrainingJob { Data = data[task % data.Length], Index = task % data.Length, Stop = cancellationToken }).Mask);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / cores;
        }

        double Group(int size)
        {
            long start = Stopwatch.GetTimestamp();
            TrainedMask?[] trained = trainer.Train(
                BenchTasks.Network, MaskRules.Get("threshold"), recipe,
                [.. data.Take(size).Select((task, index) => new TrainingJob { Data = task, Index = index })], cancellationToken);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds / size;
            onDevice = [.. trained.Select(mask => mask!.Mask)];
            say($"  {recipe.Name}: {size} at once, {60_000 / time:F0} tasks a minute");
            return time;
        }

        double[] times = Rounds.Medians(rounds, cancellationToken, [Cores, .. sizes.Select(size => (Func<double>)(() => Group(size)))]);
        report.Note($"{recipe.Name}TasksPerMinuteOnCores", 60_000 / times[0]);
        for (int n = 0; n < sizes.Length; n++) report.Note($"{recipe.Name}TasksPerMinuteInGroupsOf{sizes[n]:D3}", 60_000 / times[n + 1]);
        int both = Math.Min(cores, onDevice.Length);
        report.Note($"{recipe.Name}SameMaskBits", Enumerable.Range(0, both).Average(task => Agreement(onCores[task], onDevice[task])));
        report.Note($"{recipe.Name}SameMaskBitsLeast", Enumerable.Range(0, both).Min(task => Agreement(onCores[task], onDevice[task])));
        report.Note($"{recipe.Name}AccuracyOnCores", Enumerable.Range(0, both).Average(task => Accuracy(onCores[task], data[task])));
        report.Note($"{recipe.Name}AccuracyOnDevice", Enumerable.Range(0, both).Average(task => Accuracy(onDevice[task], data[task])));
        int last = sizes[^1];
        report.Add(new BenchFigure(
            $"{recipe.Name}DeviceOverCores", $"recipe {recipe.Name}: {last} tasks at once on the GPU / a task on each of {cores} cores",
            times[0] / times[^1], 1, 10, AtLeast: true,
            $"{60_000 / times[^1]:F0} / {60_000 / times[0]:F0} tasks a minute"));
    }

    private static double Agreement(TaskMask one, TaskMask other)
    {
        int differing = 0;
        for (int n = 0; n < one.Bits.Length; n++) differing += BitOperations.PopCount((uint)(one.Bits.Span[n] ^ other.Bits.Span[n]));
        return 1 - differing / (double)one.Shape.ParameterCount;
    }

    private static double Accuracy(TaskMask mask, ClassificationTask task)
    {
        (float[] inputs, int[] labels) = task.Test(0, task.TestCount);
        using IMaskedNetwork effective = NetworkEngines.Open(BenchTasks.Network, mask);
        MaskPrediction[] read = effective.Predict(inputs, labels.Length, task.Classes);
        return read.Zip(labels).Count(pair => pair.First.Class == pair.Second) / (double)labels.Length;
    }
}
