using SupSup.Cli.Hosting;
using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Bench;

/// <summary>Queries through client, coordinator and shards of a silo with one inference thread, against the kernel alone.</summary>
internal static class EndToEndBench
{
    private const int Queries = 128;
    private const string Model = "bench";

    private static readonly ModelSpec Spec =
        new() { Inputs = 784, Hidden = [300, 100], Outputs = 500, Classes = BenchTasks.Classes, Seed = BenchTasks.Network.Seed };

    // Plain One-shot on both sides.
    private static readonly InferenceOptions Inference = new() { Objective = "G", Shortlist = 1 };

    /// <summary>Makes a store of k masks, by importing them as any client could.</summary>
    public static async Task FillStoreAsync(
        BenchTasks tasks, int count, StoreOptions store, ProgressDisplay display, CancellationToken cancellationToken)
    {
        await using EmbeddedSilo silo = await EmbeddedSilo.StartAsync(store, cancellationToken);
        SupSupModel model = await silo.Client.CreateAsync(Model, Spec, cancellationToken);
        await display.RunAsync($"storing {count} masks", count, async stage =>
        {
            int before = 0;
            await model.ImportAsync(
                tasks.Masks(count).Select((mask, task) =>
                    new MaskImport(task, MaskFile.Write(BenchTasks.Network, mask), new TaskDetails())),
                stored => stage.Advance(stored - Interlocked.Exchange(ref before, stored)),
                cancellationToken);
        });
    }

    /// <summary>Measures.</summary>
    public static async Task RunAsync(
        BenchTasks tasks, StoreOptions store, BenchOptions options, BenchReport report, CancellationToken cancellationToken)
    {
        await using EmbeddedSilo silo = await EmbeddedSilo.StartAsync(
            store, cancellationToken, settings => settings.Compute.InferenceThreads = 1);
        SupSupModel model = await silo.Client.OpenAsync(Model, cancellationToken);
        using OneShotSetting kernel = OneShotSetting.Make(tasks, OneShotBench.Tasks);
        float[] images = tasks.Images(Queries);
        int width = BenchTasks.Network.Plan.Inputs;
        float[] Rows(int first, int count) => images[(first * width)..((first + count) * width)];
        void Ask(int first, int count) => model.InferAsync(
            new InputBatch { Rows = count, Values = Rows(first, count) }, Inference, cancellationToken).GetAwaiter().GetResult();

        // On a thread of their own, as a client is.
        double[] times = await Task.Factory.StartNew(
            () => Rounds.Medians(
                options.Rounds,
                cancellationToken,
                () => Rounds.Each(Queries, n => kernel.Find(Rows(n, 1), 1, LayerSelection.All)),
                () => Rounds.Each(Queries, n => Ask(n, 1)),
                () => Rounds.Each(Queries, _ => silo.Client.OpenAsync(Model, cancellationToken).GetAwaiter().GetResult()),
                () => Rounds.Each(Queries / 64, n => kernel.Find(Rows(64 * n, 64), 64, LayerSelection.All)) / 64,
                () => Rounds.Each(Queries / 64, n => Ask(64 * n, 64)) / 64),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        report.Note("kernelMs", times[0]);
        report.Note("endToEndMs", times[1]);
        report.Note("emptyGrainCallMs", times[2]);
        report.Note("kernelBatch64Ms", times[3]);
        report.Note("endToEndBatch64Ms", times[4]);
        report.Note("endToEndBatch64OverKernel", times[4] / times[3]);
        report.AtMost("endToEndOverKernel", $"query through client, coordinator and shards / the kernel alone, k = {OneShotBench.Tasks}",
            times[1] / times[0], 1.5, 1.15, $"{times[1]:F3} ms / {times[0]:F3} ms");
    }
}
