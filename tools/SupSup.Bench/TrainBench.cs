using System.Diagnostics;
using SupSup.Core.Masks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Peers;
using SupSup.Reference;
using TorchSharp;

namespace SupSup.Bench;

/// <summary>A training step against its floor and a plain one, and two tasks against one.</summary>
internal static class TrainBench
{
    private const int Rows = 128;

    // So many different batches that the loss does not fall to nothing, where numbers get denormal and slow.
    private const int Batches = 200;
    private const int Steps = 100;

    /// <summary>Measures.</summary>
    public static void Run(BenchTasks tasks, BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        (float[][] inputs, int[][] labels) = MakeBatches(tasks.Task(0));
        TunedMalloc.Apply();
        double[] times = PinnedThread.Run(0, () => Steps1(inputs, labels, options, cancellationToken));
        (double step, double dense, double naive) = (times[0], times[1], times[2]);
        report.Note("trainStepMs", step);
        report.Note("denseProductsMs", dense);
        report.Note("naiveStepMs", naive);
        report.AtMost(
            "trainStepOverDense", "train step / the eight dense products alone", step / dense, 1.3, 0.7, $"{step:F3} ms / {dense:F3} ms");
        report.AtMost("trainStepOverNaive", "train step / plain TorchSharp step, malloc tuned", step / naive, 0.45, 0.25,
            $"{step:F3} ms / {naive:F3} ms");
        if (Environment.ProcessorCount < 2) return;
        double[] scaling = Rounds.Medians(options.Rounds, cancellationToken, () => Throughput(tasks, 1), () => Throughput(tasks, 2));
        report.Note("oneTaskStepsPerSecond", scaling[0]);
        report.Note("twoTasksStepsPerSecond", scaling[1]);
        report.Add(new BenchFigure(
            "twoTaskScaling", "two tasks on two cores / one task on one core", scaling[1] / scaling[0], 1.8, 1.95, AtLeast: true,
            $"{scaling[1]:F0} / {scaling[0]:F0} steps a second"));
    }

    private static double[] Steps1(float[][] inputs, int[][] labels, BenchOptions options, CancellationToken cancellationToken)
    {
        PlainTorch.OnThisThread();
        using TrainingSession session = Session(1);
        using DenseProducts dense = new(BenchTasks.Network.Shape, Rows);
        using SupermaskNetwork network = new(BenchTasks.Network);
        Recipe plain =
            new() { Name = "plain", Optimizer = "adam", LearningRate = 1e-3, Schedule = "constant", Batches = Steps, BatchSize = Rows };
        using MaskTraining naive = new(network, plain, 1);
        torch.Tensor[] tensors = [.. inputs.Select(batch => torch.tensor(batch, [Rows, batch.Length / Rows]))];
        torch.Tensor[] classes = [.. labels.Select(batch => torch.tensor(batch.Select(label => (long)label).ToArray()))];
        double[] times = Rounds.Medians(
            options.Rounds,
            cancellationToken,
            () => Rounds.Each(Steps, n => session.Step(inputs[n % Batches], labels[n % Batches])),
            () => Rounds.Each(Steps, _ => dense.Run()),
            () => Rounds.Each(Steps, n => naive.Step(tensors[n % Batches], classes[n % Batches])));
        foreach (torch.Tensor tensor in tensors.Concat(classes)) tensor.Dispose();
        return times;
    }

    // As tasks are trained: batches are made while they are trained on.
    private static double Throughput(BenchTasks tasks, int count)
    {
        using Barrier ready = new(count);
        double[] seconds = new double[count];
        PinnedThread.RunAll(count, number =>
        {
            ClassificationTask task = tasks.Task(number);
            using TrainingSession session = Session((ulong)number + 2);
            BatchOrder order = new(task.TrainCount, (ulong)number);
            (int[] indices, float[] inputs, int[] labels) = (new int[Rows], new float[Rows * task.Inputs], new int[Rows]);
            void Step()
            {
                order.Next(indices);
                task.FillTrain(indices, inputs, labels);
                session.Step(inputs, labels);
            }

            Step();
            ready.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            for (int n = 0; n < 4 * Steps; n++) Step();
            seconds[number] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        return count * 4 * Steps / seconds.Max();
    }

    private static TrainingSession Session(ulong seed) => new(BenchTasks.Network, MaskRules.Get("threshold"), Recipes.Get("fast"), seed);

    private static (float[][] Inputs, int[][] Labels) MakeBatches(ClassificationTask task)
    {
        BatchOrder order = new(task.TrainCount, 1);
        float[][] inputs = new float[Batches][];
        int[][] labels = new int[Batches][];
        for (int n = 0; n < Batches; n++)
        {
            int[] indices = new int[Rows];
            order.Next(indices);
            (inputs[n], labels[n]) = (new float[Rows * task.Inputs], new int[Rows]);
            task.FillTrain(indices, inputs[n], labels[n]);
        }

        return (inputs, labels);
    }
}
