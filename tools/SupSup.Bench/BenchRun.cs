using System.Diagnostics;
using SupSup.Cli.Hosting;
using SupSup.Cli.Output;

namespace SupSup.Bench;

/// <summary>Runs the parts one after another.</summary>
internal sealed class BenchRun(BenchOptions options, StoreOptions store, ProgressDisplay display)
{
    /// <summary>Measures.</summary>
    public async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        BenchTasks tasks = await BenchTasks.OpenAsync(options, store.Data, display, cancellationToken);
        BenchReport report = new();
        foreach (BenchPart part in options.Parts.Where(part => part < BenchPart.EndToEnd))
        {
            display.Line($"measuring: {Name(part)}");

            // Measurements have threads of their own; the caller's stays free to be stopped.
            await Task.Run(() => Run(part, tasks, report, cancellationToken), cancellationToken);
            Say(report);
        }

        if (options.Parts.Any(part => part is BenchPart.EndToEnd or BenchPart.Serving or BenchPart.Memory))
            await RunSilosAsync(tasks, report, cancellationToken);
        if (options.Parts.Contains(BenchPart.Scale))
        {
            display.Line($"measuring: {Name(BenchPart.Scale)}");
            await new ScaleBench(tasks, options, store.Data, report, display).RunAsync(cancellationToken);
            Say(report);
        }

        return report;
    }

    private void Run(BenchPart part, BenchTasks tasks, BenchReport report, CancellationToken cancellationToken)
    {
        switch (part)
        {
            case BenchPart.Train:
                TrainBench.Run(tasks, options, report, cancellationToken);
                break;
            case BenchPart.Pictures:
                PicturesBench.Run(options, report, cancellationToken);
                break;
            case BenchPart.Device:
                DeviceBench.Run(tasks, options, report, display.Line, cancellationToken);
                break;
            case BenchPart.DevicePictures:
                DevicePicturesBench.Run(options, report, display.Line, cancellationToken);
                break;
            case BenchPart.OneShot:
                OneShotBench.Run(tasks, options, report, cancellationToken);
                break;
            case BenchPart.Growth:
                OneShotBench.Grow(tasks, options, report, display.Line, cancellationToken);
                break;
            case BenchPart.Same:
                SameTaskBench.Run(tasks, report, cancellationToken);
                break;
            case BenchPart.Files:
                FilesBench.Run(tasks, options, report, cancellationToken);
                break;
            case BenchPart.Bytes:
                BytesBench.Run(report, cancellationToken);
                break;
            default:
                throw new UnreachableException($"no benchmark for part {part}");
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }

    private async Task RunSilosAsync(BenchTasks tasks, BenchReport report, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("supsup-bench-").FullName;
        try
        {
            StoreOptions all = store with { Store = Path.Combine(folder, "all") };
            StoreOptions one = store with { Store = Path.Combine(folder, "one") };
            await EndToEndBench.FillStoreAsync(tasks, OneShotBench.Tasks, all, display, cancellationToken);
            if (options.Parts.Contains(BenchPart.EndToEnd))
            {
                display.Line($"measuring: {Name(BenchPart.EndToEnd)}");
                await EndToEndBench.RunAsync(tasks, all, options, report, cancellationToken);
                Say(report);
            }

            if (options.Parts.Contains(BenchPart.Serving))
            {
                display.Line($"measuring: {Name(BenchPart.Serving)}");
                await Task.Run(() => ServingBench.RunAsync(tasks, all, options, report, cancellationToken), cancellationToken);
                Say(report);
            }

            if (!options.Parts.Contains(BenchPart.Memory)) return;
            display.Line($"measuring: {Name(BenchPart.Memory)}");
            await EndToEndBench.FillStoreAsync(tasks, 1, one, display, cancellationToken);
            await MemoryBench.RunAsync(tasks, one.Store, all.Store, store.Data, report, cancellationToken);
            Say(report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Name(BenchPart part) => part.ToString().ToLowerInvariant();

    private int _said;

    private void Say(BenchReport report)
    {
        for (; _said < report.Figures.Count; _said++)
            display.Line($"  {report.Figures[_said].Key} {report.Figures[_said].Value:G4} ({report.Figures[_said].Measured})");
    }
}
