using System.Globalization;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Bench;

/// <summary>
/// What 100 tasks of SplitImageNet take: masks of ResNet-50 in files of version 2, with the statistics of their channels, beside the bound
/// of entropy coding and the paper's figures. Each density is measured on a mask of random scores and on one that was trained for some
/// batches: on pictures of 64 x 64 drawn by rule, since a mask does not depend on the pictures' size; the longer file counts.
/// </summary>
internal static class BytesBench
{
    private const int Tasks = 100;
    private const int Steps = 10;
    private const int Rows = 16;
    private const double Over = 1.03;

    private static readonly FixedNetwork Network = new(Plans.Parse("resnet50/3x64x64-10"), 1);

    // Megabytes of 100 tasks by k, as the paper gives them.
    private static readonly Dictionary<int, double> Paper = new() { [4] = 65.50, [8] = 100.98, [16] = 195.18 };

    /// <summary>Measures.</summary>
    public static void Run(BenchReport report, CancellationToken cancellationToken)
    {
        double worst = 0;
        foreach (int k in SparseMasks.Densities)
        {
            TaskMask drawn = SparseMasks.Draw(Network, k), trained = Train(k, cancellationToken);
            double bound = SparseMasks.Entropy(Network, drawn);
            int statistics = MaskFile.StatisticsSize(Network, trained);
            int drawnBytes = Bytes(drawn), trainedBytes = Bytes(trained), bytes = Math.Max(drawnBytes, trainedBytes);
            double over = (bytes - statistics) / bound;
            worst = Math.Max(worst, over);
            double most = Megabytes((Over * bound) + statistics);
            bool known = Paper.TryGetValue(k, out double paper);
            report.AtMost(
                $"splitImageNetK{k}", Text($"100 tasks of ResNet-50, masks er-{k}, MB{(known ? $" (paper: {paper:F2})" : "")}"),
                Megabytes(bytes), known ? paper / 2 : most, most,
                Text($"{bytes:N0} bytes a task: statistics {statistics:N0}, mask {100 * (over - 1):F1} % above n H(p) = {bound:N0}"));
            report.Note($"er{k}Kept", Enumerable.Range(0, Network.Shape.Layers.Length).Sum(drawn.CountOnes));
            report.Note($"er{k}DrawnBytes", drawnBytes);
            report.Note($"er{k}TrainedBytes", trainedBytes);
            report.Note($"er{k}EntropyBytes", bound);
        }

        report.AtMost("splitImageNetOverEntropy", "masks of ResNet-50 / their entropy, at most", worst, Over, Over, "er-1 to er-32");
    }

    private static int Bytes(TaskMask mask) => MaskFile.Write(Network, mask).Length;

    private static double Megabytes(double bytes) => Tasks * bytes / 1e6;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static TaskMask Train(int k, CancellationToken cancellationToken)
    {
        Recipe recipe = Recipes.Get("imagenet-paper") with { Batches = Steps, BatchSize = Rows };
        using TrainingSession session = new(Network, new TopKMaskRule($"er-{k}"), recipe, 1);
        for (int step = 0; step < Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (float[] inputs, int[] labels) = Batch(step);
            session.Step(inputs, labels);
        }

        return session.Mask();
    }

    // A pattern of stripes for each class, under noise.
    private static (float[] Inputs, int[] Labels) Batch(int step)
    {
        Random random = new(step);
        int[] labels = [.. Enumerable.Range(0, Rows).Select(_ => random.Next(Network.Plan.Outputs))];
        return ([.. labels.SelectMany(label => Enumerable.Range(0, Network.Plan.Inputs).Select(
            n => (float)(Math.Sin((label + 1) * n * 0.01) + random.NextDouble() - 0.5)))], labels);
    }
}
