using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Commands;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Core.Naming;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Grains.Interfaces;
using SupSup.LocalCluster;

namespace SupSup.LoadTest;

/// <summary>`supsup loadtest`.</summary>
internal static class LoadTestCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Option<int> silos = Validation.Number("--silos", "silos to start for the test, on loopback", 1, 64, 3);
        Option<string?> storage = new("--storage")
        {
            Description = "storage account of the cluster to start, with --redis (default: starts Azurite and Redis)",
            HelpName = "STRING",
        };
        Option<int> tasks = Validation.Number("--tasks", "tasks to learn", 1, 1_000_000, 200);
        Option<int?> churn = Validation.OptionalNumber(
            "--churn-tasks", "tasks of these to learn while silos are killed (default: a fifth)", 0, 1_000_000);
        Option<int> learners = Validation.Number("--learners", "tasks learned at the same time", 1, 1024, 8);
        Option<int?> streaming = Validation.OptionalNumber(
            "--streaming", "learners that stream batches from here (default: a quarter); the others order data of the silos", 0, 1024);
        Option<int> queriers = Validation.Number("--queriers", "queries in flight at most", 1, 4096, 16);
        Option<double> rate = Validation.Real(
            "--rate", "queries per second, except in the peak phase, where every querier asks without pause", 0.1, 1e6, 50);
        Option<int> rows = Validation.Number("--rows", "images per query", 1, 1024, 1);
        Option<double> seconds = Validation.Real("--seconds", "seconds of the warm phase, and of the peak phase", 0.1, 86_400, 15);
        Option<double> soak = Validation.Real(
            "--soak", "seconds at half of the peak's queries, in which the silos' memory is watched; 0 skips it", 0, 604_800, 0);
        Option<int> burst = Validation.Number("--burst", "queries at once after a cold start; 0 skips it", 0, 1_000_000, 200);
        Option<double> killEvery = Validation.Real(
            "--kill-every", "seconds between two kills in the churn phase; 0 kills none", 0, 86_400, 10);
        Option<int?> kills = Validation.OptionalNumber(
            "--kills", "how many kills; the churn phase lasts until they are done (default: as many as happen while tasks are learned)", 1,
            1_000_000);
        Option<double> outage = Validation.Real("--storage-outage", "seconds for which storage stops, once, in the churn phase", 0, 600, 0);
        Option<bool> restartRedis = new("--restart-redis") { Description = "restart Redis, once, in the churn phase" };
        Option<int> verify = Validation.Number(
            "--verify", "tasks to train again here without faults, to compare masks bit for bit", 0, 1_000_000, 8);
        Option<string?> recipe = Validation.Choice(
            "--recipe", "how masks are trained", "NAME", "fast", Recipes.All.Names());
        Option<int> batches = Validation.Number("--batches", "batches per task", 1, 10_000_000, 50);
        Option<string?> network = Validation.Network("lenet-300-100");
        Option<int> outputs = Validation.Number("--outputs", "output size s", 2, 65_536, 500);
        Option<string?> dataset = Validation.Dataset();
        Option<ulong> seed = Validation.Number("--seed", "seed of weights, tasks and training", 0UL, ulong.MaxValue, 1UL);
        Option<string?> model = new("--model")
        {
            Description = "name of the model (default: loadtest-SEED); tasks it already has are not learned again",
            HelpName = "NAME",
        };
        Option<string?> output =
            new("--out") { Description = "folder for report, logs and data (default: a new one below runs/loadtest)", HelpName = "DIR" };
        DocumentedCommand command = new(
            "loadtest",
            "put a cluster under load and faults, and check that nothing acknowledged was lost",
            """
            Phases: learn (learners work, queries come at --rate), warm (queries at --rate), peak (queries without pause), soak
            (half of that, for as long as --soak says), churn (as learn, while silos are killed), cold burst (all silos restart,
            then --burst queries at once), audit. A soak in which the memory of a silo grows by 5 % has failed.
            Latencies at --rate count from when a query was to be asked. Kills and the cold start need a cluster that was
            started for the test; that takes redis-server and azurite-blob, unless --redis and --storage name others.
            """,
            "supsup loadtest --silos 3 --tasks 200",
            "supsup loadtest --tasks 2500 --batches 30 --out runs/load-2500",
            "supsup loadtest --redis redis:6379 --cluster-id production --tasks 100 --rate 500 --json")
        {
            silos, common.Redis, common.AzureTables, common.Gateway, common.TlsAuthority, common.TlsCertificate, common.TlsKey, storage,
            common.ServiceId, common.ClusterId, tasks, churn, learners, streaming, queriers,
            rate, rows, seconds, soak, burst, killEvery, kills, outage, restartRedis, verify,
            recipe, batches, network, outputs, dataset, seed, model, output, common.Data, common.Json,
        };
        command.SetAction(async (result, stop) =>
        {
            int count = result.GetValue(tasks);
            string data = common.Read(result).Data;
            LoadOptions options = new()
            {
                Tasks = count,
                ChurnTasks = Math.Min(count, result.GetValue(churn) ?? count / 5),
                Learners = result.GetValue(learners),
                Streaming = Math.Min(result.GetValue(learners), result.GetValue(streaming) ?? result.GetValue(learners) / 4),
                Queriers = result.GetValue(queriers),
                Rate = result.GetValue(rate),
                Rows = result.GetValue(rows),
                WarmSeconds = result.GetValue(seconds),
                SoakSeconds = result.GetValue(soak),
                Burst = result.GetValue(burst),
                KillEvery = result.GetValue(killEvery),
                Kills = result.GetValue(kills),
                StorageOutage = result.GetValue(outage),
                RestartRedis = result.GetValue(restartRedis),
                Verify = Math.Min(count, result.GetValue(verify)),
                Dataset = new DatasetStore(data).Canonical(result.GetValue(dataset)!),
                Hidden = Plans.Hidden(result.GetValue(network)!),
                Outputs = result.GetValue(outputs),
                Recipe = result.GetValue(recipe)!,
                Batches = result.GetValue(batches),
                Seed = result.GetValue(seed),
                Model = GrainKeys.CheckModel(result.GetValue(model) ?? $"loadtest-{result.GetValue(seed)}"),
                Out = Path.GetFullPath(result.GetValue(output)
                    ?? Path.Combine("runs", "loadtest", DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture))),
            };
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            Dataset images = await new DatasetStore(data).OpenAsync(options.Dataset, display, stop);

            // A Redis together with a storage account is what a cluster is started on; alone it is where one runs.
            SupSupClientOptions? running = result.GetValue(storage) is null ? common.Cluster(result) : null;
            await using ClusterOnLoopback? cluster = running is not null ? null : await StartAsync(
                new ClusterOptions
                {
                    Silos = result.GetValue(silos),
                    Folder = Path.Combine(options.Out, "cluster"),
                    Data = data,
                    ServiceId = result.GetValue(common.ServiceId)!,
                    ClusterId = result.GetValue(common.ClusterId)!,
                    Redis = result.GetValue(common.Redis),
                    Storage = result.GetValue(storage),
                },
                display,
                stop);
            LoadReport report = await new LoadRun(
                options, cluster, () => cluster?.ClientOptions() ?? common.Cluster(result)!, images, display).RunAsync(stop);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(report, DemoFiles.Json));
            else LoadTable.Print(report, AnsiConsole.Console);
            return report is { NothingLost: true, Errors: 0, Soak: null or { HasFailed: false } } ? 0 : UserError.Failed;
        });
        return command;
    }

    private static async Task<ClusterOnLoopback> StartAsync(ClusterOptions options, ProgressDisplay display, CancellationToken stop)
    {
        display.Line($"starting {options.Silos} silos; their logs are in {options.Folder}");
        return await ClusterOnLoopback.StartAsync(options, stop);
    }
}
