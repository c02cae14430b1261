using SupSup.Core.Banks;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Bench;

/// <summary>
/// Mask files of version 2: how long they are, and how many bytes of packed bits come out of one a second. Masks of the recipes that share
/// their initial scores are trained; sparse ones keep the largest of random scores, as those of a network that was not trained.
/// </summary>
internal static class FilesBench
{
    /// <summary>Measures.</summary>
    public static void Run(BenchTasks tasks, BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        byte[][] fast = Trained(tasks, "fast", 16, cancellationToken), best = Trained(tasks, "best", 4, cancellationToken);
        report.Note("bestMaskBytes", best.Average(file => file.Length));
        report.AtMost("fastMaskBytes", "bytes of a mask of recipe fast, as stored", fast.Average(file => file.Length), 17_500, 16_500,
            $"{fast.Length} masks, {fast.Min(file => file.Length)} to {fast.Max(file => file.Length)}");

        FixedNetwork residual = new(Plans.Parse("resnet18-20/3x32x32-5"), 1);
        TaskMask[] masks = [.. SparseMasks.Densities.Select(k => SparseMasks.Draw(residual, k))];
        byte[][] sparse = [.. masks.Select(mask => MaskFile.Write(residual, mask))];
        double over = masks.Zip(sparse, (mask, file) =>
            (file.Length - MaskFile.StatisticsSize(residual, mask)) / SparseMasks.Entropy(residual, mask)).Max();
        report.AtMost("sparseOverEntropy", "sparse masks of resnet18-20 / their entropy, at most", over, 1.03, 1.03, "top-k:er-1 to er-32");

        IEnumerable<Func<double>> readSparse = sparse.Select<byte[], Func<double>>(file => () => Milliseconds(residual, [file]));
        double[] times = PinnedThread.Run(0, () => Rounds.Medians(
            options.Rounds, cancellationToken, [() => Milliseconds(BenchTasks.Network, fast), .. readSparse]));
        AtLeast(report, "differenceMegabytes", "masks of recipe fast decoded, MB a second and core", BenchTasks.Network, times[0], 40, 200);
        AtLeast(report, "sparseMegabytes", "sparse masks decoded, MB a second and core", residual, times[1..].Max(), 200, 400);
        Start(fast, options, report, cancellationToken);
    }

    // What a silo does with stored masks when it starts, without the store.
    private static void Start(byte[][] fast, BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        byte[][] bits = [.. fast.Select(file => MaskFile.Write(BenchTasks.Network, MaskFile.Read(BenchTasks.Network, file, "fast")))];
        double[] times = PinnedThread.Run(0, () => Rounds.Medians(
            options.Rounds, cancellationToken, () => Gather(bits), () => Gather(fast)));
        report.Note("gather2500Version1Ms", times[0]);
        report.Note("gather2500Version2Ms", times[1]);
    }

    private static double Gather(byte[][] files) => Rounds.Each(1, _ =>
    {
        MaskBank bank = new(BenchTasks.Network);
        foreach (int[] slots in Enumerable.Range(0, OneShotBench.Tasks).Chunk(16))
        {
            bank.Put([.. slots.Select(slot => KeyValuePair.Create(
                slot, MaskFile.Read(BenchTasks.Network, files[slot % files.Length], "stored")))]);
        }
    });

    private static double Milliseconds(FixedNetwork network, byte[][] files) =>
        Rounds.Each(400, n => MaskFile.Read(network, files[n % files.Length], "bench"));

    private static void AtLeast(
        BenchReport report, string key, string what, FixedNetwork network, double milliseconds, double must, double aim) =>
        report.Add(new BenchFigure(
            key, what, network.Shape.PackedBytes / milliseconds / 1000, must, aim, AtLeast: true, $"{1000 * milliseconds:F0} us a mask"));

    private static byte[][] Trained(BenchTasks tasks, string recipe, int count, CancellationToken cancellationToken)
    {
        byte[][] files = new byte[count][];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellationToken }, task => files[task] = MaskFile.Write(
            BenchTasks.Network,
            TaskTrainer.Train(BenchTasks.Network, MaskRules.Get("threshold"), Recipes.Get(recipe),
                new TrainingJob { Data = tasks.Task(task), Index = task, Stop = cancellationToken }).Mask,
            MaskFile.LatestVersion));
        return files;
    }
}
