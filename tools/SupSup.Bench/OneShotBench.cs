using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Peers;

namespace SupSup.Bench;

/// <summary>One-shot inference against one read of the masks, and its growth with their number.</summary>
internal static class OneShotBench
{
    /// <summary>Tasks at which the figures are stated.</summary>
    public const int Tasks = 2500;

    private const int Batch = 64;
    private const int Singles = 128;

    /// <summary>Measures at k = 2500.</summary>
    public static void Run(BenchTasks tasks, BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        using OneShotSetting setting = OneShotSetting.Make(tasks, Tasks);
        using BankRead read = new((long)Tasks * BenchTasks.Network.Shape.PackedBytes);
        float[] images = tasks.Images(Singles);
        foreach (LayerSelection layers in new[] { LayerSelection.All, LayerSelection.First })
        {
            double[] times = PinnedThread.Run(0, () => Rounds.Medians(
                options.Rounds,
                cancellationToken,
                () => Rounds.Each(5, _ => read.Sum()),
                () => Rounds.Each(Singles, n => setting.Find(Row(images, n), 1, layers)),
                () => Rounds.Each(Singles / Batch, n => setting.Find(Rows(images, n * Batch, Batch), Batch, layers)) / Batch));
            string name = layers == LayerSelection.All ? "" : "First";
            string said = layers == LayerSelection.All ? "" : ", first layer's gradient";
            report.Note("bankReadMs", times[0]);
            report.Note($"oneShot{name}Ms", times[1]);
            report.Note($"oneShot{name}Batch64Ms", times[2]);
            report.AtMost($"oneShot{name}OverRead", $"one-shot, 1 image, k = {Tasks} / one read of the masks{said}", times[1] / times[0],
                1.5, 0.3, $"{times[1]:F3} ms / {times[0]:F3} ms");
            report.AtMost($"oneShot{name}Batch64OverRead", $"the same, per image, in batches of {Batch}{said}", times[2] / times[0], 1.0,
                0.15, $"{times[2]:F3} ms / {times[0]:F3} ms");
        }

        report.Note("bankBytesOverPacked", setting.Bank.MemoryBytes / ((double)Tasks * BenchTasks.Network.Shape.PackedBytes));
        Peers(tasks, setting, options, report, images, cancellationToken);
    }

    /// <summary>Measures larger k against k = 2500.</summary>
    public static void Grow(
        BenchTasks tasks, BenchOptions options, BenchReport report, Action<string> say, CancellationToken cancellationToken)
    {
        float[] images = tasks.Images(Singles);
        double At(int count)
        {
            using OneShotSetting setting = OneShotSetting.Make(tasks, count);
            return PinnedThread.Run(0, () => Rounds.Medians(options.Rounds, cancellationToken, () => Rounds.Each(
                Singles, n => setting.Find(Row(images, n), 1, LayerSelection.All)))[0]);
        }

        double small = At(Tasks);
        report.Note("oneShot2500Ms", small);
        foreach ((int count, string name) in new[] { (25_000, "25k"), (100_000, "100k") })
        {
            long needed = (long)(1.1 * count * BenchTasks.Network.Shape.PackedBytes);
            if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < needed + (1L << 30))
            {
                say($"growth to {count} tasks is left out: it needs {needed >> 20} MB of memory");
                continue;
            }

            double time = At(count);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            report.Note($"oneShot{name}Ms", time);
            report.AtMost($"growth{name}", $"one-shot time from k = {Tasks} to {count}, / ratio of k",
                time / small / ((double)count / Tasks), 1.0, 1.0, $"{time:F2} ms / {small:F3} ms / {count / Tasks}");
        }
    }

    private static float[] Row(float[] images, int n) => Rows(images, n, 1);

    private static float[] Rows(float[] images, int first, int count) =>
        images[(first * BenchTasks.Network.Plan.Inputs)..((first + count) * BenchTasks.Network.Plan.Inputs)];

    // What others need per mask, measured over few masks, since their memory and time are linear in them.
    private static void Peers(BenchTasks tasks, OneShotSetting setting, BenchOptions options, BenchReport report, float[] images,
        CancellationToken cancellationToken)
    {
        const int Few = 50;
        ImmutableArray<TaskMask> few = [.. tasks.Masks(Few)];
        PlainTorch.OnThisThread();
        using NaiveOneShot naive = new(BenchTasks.Network, few);
        using TryEachMask each = new(BenchTasks.Network, few);
        GradientScores plain = new(BenchTasks.Network, LayerSelection.All);
        double[] times = PinnedThread.Run(0, () =>
        {
            PlainTorch.OnThisThread();
            return Rounds.Medians(
                options.Rounds,
                cancellationToken,
                () => Rounds.Each(3, n => naive.Infer(Row(images, n))),
                () => Rounds.Each(3, n => each.Infer(Row(images, n))),
                () => Rounds.Each(5, n => plain.Of(setting.Factors(Row(images, n), 1), 0, 1, few)));
        });
        report.Note("naiveOneShotMsPerMask", times[0] / Few);
        report.Note("tryEachMaskMsPerMask", times[1] / Few);
        report.Note("plainScoringMsPerMask", times[2] / Few);
    }
}
