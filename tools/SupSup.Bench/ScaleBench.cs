using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.Bench;

/// <summary>
/// A model that grows through the real path: masks are imported into silos that are processes of their own, and whatever may cost more the
/// more tasks there are is measured at each size.
/// </summary>
internal sealed class ScaleBench(BenchTasks tasks, BenchOptions options, string data, BenchReport report, ProgressDisplay display)
{
    private const string Model = "scale";
    private const int Queries = 256, Registrations = 32;

    // Plain One-shot on both sides, as the end-to-end figure has it.
    private static readonly InferenceOptions Inference = new() { Objective = "G", Shortlist = 1 };

    private static readonly ModelSpec Spec =
        new() { Inputs = 784, Hidden = [300, 100], Outputs = 500, Classes = BenchTasks.Classes, Seed = BenchTasks.Network.Seed };

    private readonly float[] _images = tasks.Images(Queries);
    private int _stored;

    /// <summary>Measures.</summary>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("supsup-scale-").FullName;
        try
        {
            await using ScaleCluster cluster = await ScaleCluster.StartAsync(options.Silos, folder, data, cancellationToken);
            foreach (int count in options.Tasks)
            {
                await GrowAsync(cluster, count, cancellationToken);
                await RestartAsync(cluster, count, cancellationToken);
                if (cluster.Silos.Count > 1) await ReplaceAsync(cluster, count, cancellationToken);
            }

            Compare("registrationGrowth", "registering one task among the most / among the fewest", "RegistrationMs", 1.2, 1.05);
            if (options.Silos == 1) report.Note("scaleDiskMasksPerSecond", DiskRate(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Key(int count, string name) => string.Create(CultureInfo.InvariantCulture, $"scale{count}{name}");

    private void Note(int count, string name, double value)
    {
        report.Note(Key(count, name), value);
        display.Line(string.Create(CultureInfo.InvariantCulture, $"  {count,7} tasks: {name} {value:G4}"));
    }

    private void Compare(string key, string what, string name, double must, double aim)
    {
        (double few, double many) = (report.Details[Key(options.Tasks[0], name)], report.Details[Key(options.Tasks[^1], name)]);
        if (options.Tasks.Count > 1) report.AtMost(key, what, many / few, must, aim, $"{many:G4} / {few:G4}");
    }

    private async Task GrowAsync(ScaleCluster cluster, int count, CancellationToken cancellationToken)
    {
        await using SupSupConnection connection = await cluster.ConnectAsync(cancellationToken);
        SupSupModel model = await connection.Client.CreateAsync(Model, Spec, cancellationToken);
        int first = _stored, more = count - Registrations - first;
        await display.RunAsync($"importing up to {count} masks", more, async stage =>
        {
            // Made beforehand, some thousands at once: what is measured is the import.
            double seconds = 0;
            foreach (MaskImport[] some in Masks(first, more).Chunk(5000))
            {
                long start = Stopwatch.GetTimestamp();
                await model.ImportAsync(some, cancellationToken: cancellationToken);
                seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
                _stored += some.Length;
                stage.Advance(some.Length);
            }

            Note(count, "ImportPerSecond", more / seconds);
            report.AtLeast(
                options.Silos == 1 ? $"import{count}" : $"importAzurite{count}", $"masks imported and acknowledged a second, up to {count}",
                more / seconds, options.Silos == 1 ? 1500 : 300, options.Silos == 1 ? 4000 : 600, $"{more} in {seconds:F1} s");
        });
        await AskAsync(model, 0, cancellationToken);

        // One at a time, each seen by a question after it.
        List<double> registered = [], seen = [];
        foreach (MaskImport mask in Masks(_stored, Registrations))
        {
            registered.Add(await TimeAsync(() => model.ImportAsync(mask.Task, mask.File, cancellationToken)));
            seen.Add(await TimeAsync(() => AskAsync(model, 0, cancellationToken)));
        }

        _stored += Registrations;
        Note(count, "RegistrationMs", Rounds.Median(registered));
        Note(count, "FirstQueryAfterMs", Rounds.Median(seen));
        Note(count, "HealthMs", await AgainAsync(() => ShowAsync(cluster, cancellationToken)));
        Note(count, "ListPageMs", await AgainAsync(() => GetAsync(cluster, $"v1/models/{Model}/tasks?limit=50", cancellationToken)));
        Note(count, "ListModelsMs", await AgainAsync(() => GetAsync(cluster, "v1/models", cancellationToken)));
        int named = 0;
        Note(count, "AllocateNamedMs", await AgainAsync(
            () => model.AllocateTaskAsync($"task {named++} of {count}", cancellationToken)));
        Note(count, "DescribeMs", await AgainAsync(() => model.DescribeAsync(cancellationToken)));
        await QueryAsync(model, count, cancellationToken);
        Note(count, "MemoryOverPacked", cluster.MemoryBytes / ((double)_stored * BenchTasks.Network.Shape.PackedBytes));
        Note(count, "MemoryMb", cluster.MemoryBytes / (1 << 20));
    }

    private ParallelQuery<MaskImport> Masks(int first, int count) => tasks.Masks(first, count).AsParallel().AsOrdered().Select((mask, n) =>
        new MaskImport(first + n, MaskFile.Write(BenchTasks.Network, mask, MaskFile.LatestVersion), new TaskDetails()));

    private async Task QueryAsync(SupSupModel model, int count, CancellationToken cancellationToken)
    {
        List<double> times = [];
        int right = 0;
        for (int n = -Queries; n < Queries; n++)
        {
            int found = 0;
            double time = await TimeAsync(async () => found = await AskAsync(model, (n + Queries) % Queries, cancellationToken));
            if (n < 0) continue;
            times.Add(time);
            if (found == n % tasks.Trained.Count) right++;
        }

        times.Sort();
        double kernel = await Task.Run(
            () =>
            {
                using OneShotSetting alone = OneShotSetting.Make(tasks, count);
                return Rounds.Each(Queries, n => alone.Find(Rows(n), 1, LayerSelection.All));
            },
            cancellationToken);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        Note(count, "QueryMs", times[Queries / 2]);
        Note(count, "QueryP99Ms", times[Queries * 99 / 100]);
        Note(count, "KernelMs", kernel);
        Note(count, "QueryOverKernel", times[Queries / 2] / kernel);
        Note(count, "TaskFound", (double)right / Queries);
    }

    // All silos stop and start; then the time until a question is answered right.
    private async Task RestartAsync(ScaleCluster cluster, int count, CancellationToken cancellationToken)
    {
        await Task.WhenAll(cluster.Silos.Select(silo => silo.StopAsync()));
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(cluster.Silos.Select(silo => silo.StartAsync(cancellationToken)));
        Note(count, "ColdReadySeconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
        await using SupSupConnection connection = await cluster.ConnectAsync(cancellationToken);
        SupSupModel model = await connection.Client.OpenAsync(Model, cancellationToken);
        int found = await AskAsync(model, 0, cancellationToken);
        Note(count, "ColdStartSeconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
        if (found != 0) throw new InvalidDataException($"an image of task 0 was taken for one of task {found} after a cold start");
        Note(count, "ColdMemoryOverPacked", cluster.MemoryBytes / ((double)_stored * BenchTasks.Network.Shape.PackedBytes));

        // By the first images masks are laid out anew.
        for (int n = 0; n < Queries; n++) await AskAsync(model, n, cancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
        Note(count, "ArrangedMemoryOverPacked", cluster.MemoryBytes / ((double)_stored * BenchTasks.Network.Shape.PackedBytes));
    }

    // Silos are replaced one by one, then one is killed, while questions are asked one after another.
    private async Task ReplaceAsync(ScaleCluster cluster, int count, CancellationToken cancellationToken)
    {
        await using SupSupConnection connection = await cluster.ConnectAsync(cancellationToken);
        SupSupModel model = await connection.Client.OpenAsync(Model, cancellationToken);
        long start = Stopwatch.GetTimestamp();
        Note(count, "RollingLongestSeconds", await LongestAsync(model, async () =>
        {
            foreach (SiloProcess silo in cluster.Silos)
            {
                await silo.StopAsync();
                await silo.StartAsync(cancellationToken);
            }
        },
        cancellationToken));
        Note(count, "RollingSeconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
        Note(count, "KillLongestSeconds", await LongestAsync(model, async () =>
        {
            await cluster.Silos[^1].KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(15), cancellationToken);
            await cluster.Silos[^1].StartAsync(cancellationToken);
        },
        cancellationToken));
    }

    private async Task<double> LongestAsync(SupSupModel model, Func<Task> disturb, CancellationToken cancellationToken)
    {
        double longest = 0;
        Task disturbing = disturb();
        for (int n = 0; !disturbing.IsCompleted; n = (n + 1) % Queries)
            longest = Math.Max(longest, await TimeAsync(() => AskAsync(model, n, cancellationToken)));
        await disturbing;
        return longest / 1000;
    }

    private float[] Rows(int image) =>
        _images[(image * BenchTasks.Network.Plan.Inputs)..((image + 1) * BenchTasks.Network.Plan.Inputs)];

    private async Task<int> AskAsync(SupSupModel model, int image, CancellationToken cancellationToken) =>
        (await model.InferAsync(new InputBatch { Rows = 1, Values = Rows(image) }, Inference, cancellationToken))[0].Task;

    private static Task ShowAsync(ScaleCluster cluster, CancellationToken cancellationToken) =>
        GetAsync(cluster, $"v1/models/{Model}/health?read=false", cancellationToken);

    private static async Task GetAsync(ScaleCluster cluster, string path, CancellationToken cancellationToken)
    {
        using HttpClient http = new() { Timeout = TimeSpan.FromMinutes(5) };
        await http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{cluster.Silos[0].HttpPort}/{path}"), cancellationToken);
    }

    // The second time: what is compiled at the first is no matter of how many tasks there are.
    private static async Task<double> AgainAsync(Func<Task> operation)
    {
        await operation();
        return await TimeAsync(operation);
    }

    private static async Task<double> TimeAsync(Func<Task> operation)
    {
        long start = Stopwatch.GetTimestamp();
        await operation();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    // The floor of an import into a directory: two files for each mask, flushed, some side by side.
    private static double DiskRate(string folder)
    {
        const int Files = 2000;
        string here = Path.Combine(folder, "disk");
        Directory.CreateDirectory(here);
        byte[] mask = new byte[BenchTasks.Network.Shape.PackedBytes];
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, 2 * Files, new ParallelOptions { MaxDegreeOfParallelism = 16 }, n =>
        {
            using SafeFileHandle file = File.OpenHandle(Path.Combine(here, $"{n}"), FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, n % 2 == 0 ? mask : mask.AsSpan(0, 1000), 0);
            RandomAccess.FlushToDisk(file);
        });
        return Files / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
