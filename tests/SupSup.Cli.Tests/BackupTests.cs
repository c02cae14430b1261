using System.Text.Json;
using Azure.Storage.Blobs;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.Cli.Tests;

/// <summary>Backups of stores that silos use meanwhile, and what is restored from them.</summary>
public sealed class BackupTests : IDisposable
{
    private const string Model = "m";
    private const int Before = 6;

    // The long run takes more, each at another moment of what goes on.
    private static readonly int Backups = Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1" ? 5 : 1;
    private static readonly ModelSpec Spec = new() { Inputs = 64, Hidden = [32], Outputs = 20, Classes = 4, Seed = 7 };
    private static readonly StreamSpec Streamed = new() { SegmentBatches = 4, Batches = 12 };
    private static readonly InputBatch Inputs = Batch(0, 0).Inputs;

    private readonly Tool _tool = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task Given_a_directory_backed_up_under_trainings_and_queries_when_destroyed_and_restored_then_answers_are_bit_identical()
    {
        Known known;
        using (CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Stop))
        await using (SiloProcess silo = await StartAsync(_tool.Store))
        {
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
            known = await FillAsync(connection.Client);
            Task busy = UseAsync(connection.Client, enough.Token);
            for (int n = 0; n < Backups; n++)
            {
                Tool.Outcome one = await _tool.RunAsync("backup", _tool.In($"backup{n}"), "--json");
                Assert.True(one.ExitCode == 0, one.Error);
                Assert.InRange(one.Json.GetProperty("tasks").GetInt32(), Before, int.MaxValue);
            }

            await enough.CancelAsync();
            await busy;
            await silo.KillAsync();
        }

        Directory.Delete(_tool.Store, recursive: true);
        for (int n = 0; n < Backups; n++)
        {
            Tool.Outcome verified = await _tool.RunAsync("backup", "--verify", _tool.In($"backup{n}"));
            Assert.True(verified.ExitCode == 0, verified.Error);
            Tool.Outcome restored = await _tool.RunAsync("restore", _tool.In($"backup{n}"), "--store", _tool.In($"store{n}"));
            Assert.True(restored.ExitCode == 0, restored.Error);
            await using SiloProcess silo = await StartAsync(_tool.In($"store{n}"));
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
            await known.CheckAsync(connection.Client);

            // What was under way goes on, and an index that the backup does not know is free.
            SupSupModel model = await connection.Client.OpenAsync(Model, Stop);
            for (int task = 0; task < 3; task++) await LearnAsync(model, await model.AllocateTaskAsync(Stop));
            SupSupStream stream = await model.OpenStreamAsync("s", Streamed, Stop);
            long begun = (await stream.DescribeAsync(Stop)).Position.Next;
            (InputBatch inputs, int[] labels) = Batch(1, 1);
            await stream.SendAsync(inputs, labels, Stop);
            Assert.Equal(begun + 1, (await stream.FlushAsync(Stop)).Durable);
        }
    }

    [Fact]
    public async Task Given_a_cluster_on_azure_backed_up_when_restored_to_azure_and_to_a_directory_and_back_then_answers_are_bit_identical()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await using ClusterOnLoopback cluster = await ClusterOnLoopback.StartAsync(
            new ClusterOptions
            {
                Silos = 2,
                Folder = _tool.In("cluster"),
                Data = _tool.In("data"),
                Settings = new Dictionary<string, string> { ["Membership:MissedProbes"] = "10" }, // slow machines: none dies here
            },
            Stop);
        string account = cluster.Azurite!.ConnectionString;
        string server = $"http://127.0.0.1:{cluster.Silos[0].HttpPort}";
        string pictures = _tool.Pictures("low", 0, 2);
        string[] reservoir = ["--storage", "reservoir", "--network", "flatten-256-normbatch-swish-256-normbatch-swish", "--outputs", "10"];
        string[][] trainings =
        [
            ["train", "sent", "low", "--batches", "20"],
            ["train", "sent", "low", "--batches", "30", "--replace"],
            ["train", "kept", "low", .. reservoir],
        ];
        foreach (string[] train in trainings)
        {
            Tool.Outcome trained = await _tool.RunAsync([.. train, "--data", pictures, "--server", server]);
            Assert.True(trained.ExitCode == 0, trained.Error);
        }

        string[] asked = [.. Directory.EnumerateFiles(Path.Combine(pictures, "test"), "*.bmp", SearchOption.AllDirectories).Order()];
        async Task<string> AskAsync(string model, string at)
        {
            Tool.Outcome told = await _tool.RunAsync(["predict", model, "--json", "--server", at, .. asked]);
            Assert.True(told.ExitCode == 0, told.Error);
            return told.Output;
        }

        async Task<string[]> ToldAsync(string at) => [await AskAsync("sent", at), await AskAsync("kept", at)];
        string[] told = await ToldAsync(server);
        Known known;
        await using (SupSupConnection connection = await SupSupConnection.ConnectAsync(cluster.ClientOptions(), Stop))
        {
            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            known = await FillAsync(connection.Client);
            Task busy = UseAsync(connection.Client, enough.Token);
            Tool.Outcome backup = await _tool.RunAsync("backup", _tool.In("backup"), "--azure-blobs", account);
            Assert.True(backup.ExitCode == 0, backup.Error);
            Assert.DoesNotContain(AzuriteServer.AccountKey, backup.Output + backup.Error, StringComparison.Ordinal);
            await enough.CancelAsync();
            await busy;
        }

        string manifest = await File.ReadAllTextAsync(_tool.In("backup/manifest.txt"), Stop);
        foreach (string kind in (string[])["part-sent-part/sent/0/", "mask-task/sent/0/2", "weights-reservoir/kept/", "stream-stream/m/s"])
            Assert.Contains(kind, manifest, StringComparison.Ordinal);
        await cluster.StopSilosAsync();
        BlobServiceClient service = new(account);
        foreach (BlobClient blob in service.GetBlobContainerClient("grainstate").GetBlobs(cancellationToken: Stop)
            .Select(item => service.GetBlobContainerClient("grainstate").GetBlobClient(item.Name)))
            await blob.DeleteAsync(cancellationToken: Stop);

        // Azure to Azure.
        Tool.Outcome restored = await _tool.RunAsync("restore", _tool.In("backup"), "--azure-blobs", account);
        Assert.True(restored.ExitCode == 0, restored.Error);
        await cluster.StartSilosAsync(Stop);
        await using (SupSupConnection connection = await SupSupConnection.ConnectAsync(cluster.ClientOptions(), Stop))
            await known.CheckAsync(connection.Client);
        Assert.Equal(told, await ToldAsync(server));
        await cluster.StopSilosAsync();

        // Azure to a directory, and from there to another container.
        string[][] steps =
        [
            ["restore", _tool.In("backup")],
            ["backup", _tool.In("again")],
            ["restore", _tool.In("again"), "--azure-blobs", account, "--container", "other"],
        ];
        foreach (string[] step in steps) Assert.Equal(0, (await _tool.RunAsync(step)).ExitCode);
        Assert.Equal(manifest, await File.ReadAllTextAsync(_tool.In("again/manifest.txt"), Stop));
        foreach (Dictionary<string, string> store in (Dictionary<string, string>[])[
            new() { ["Storage:Directory"] = _tool.Store },
            new() { ["Storage:Kind"] = "azure", ["Storage:ConnectionString"] = account, ["Storage:Container"] = "other" }])
        {
            await using SiloProcess silo = await StartAsync(store);
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
            await known.CheckAsync(connection.Client);
            string at = $"http://127.0.0.1:{silo.HttpPort}";
            Assert.Equal(told, await ToldAsync(at));
        }
    }

    [Fact]
    public async Task Given_backup_and_restore_killed_in_the_middle_when_run_again_then_they_go_on_and_the_store_is_whole()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        Known known;
        await using (SiloProcess silo = await StartAsync(_tool.Store))
        {
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
            known = await FillAsync(connection.Client);
            SupSupModel model = await connection.Client.OpenAsync(Model, Stop);
            await Parallel.ForEachAsync(Enumerable.Range(100, 120), Stop, async (task, _) => await LearnAsync(model, task));
        }

        await _tool.KillAtAsync("tasks: 10 %", "backup", _tool.In("backup"));
        (await _tool.RunAsync("restore", _tool.In("backup"), "--store", _tool.In("new"))).ShouldFail(1, "not complete");
        (await _tool.RunAsync("backup", "--verify", _tool.In("backup"))).ShouldFail(1, "not complete");
        Tool.Outcome backup = await _tool.RunAsync("backup", _tool.In("backup"));
        Assert.True(backup.ExitCode == 0, backup.Error);
        Assert.Matches("going on: [1-9][0-9]* records of an earlier run", backup.Error);
        Assert.False(File.Exists(_tool.In("backup/progress.txt")));

        await _tool.KillAtAsync("writing: 10 %", "restore", _tool.In("backup"), "--store", _tool.In("new"));
        (await _tool.RunAsync("backup", _tool.In("second"), "--store", _tool.In("new"))).ShouldFail(1, "supsup restore");
        Tool.Outcome restored = await _tool.RunAsync("restore", _tool.In("backup"), "--store", _tool.In("new"));
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains("going on with the restore", restored.Error, StringComparison.Ordinal);
        await using SiloProcess again = await StartAsync(_tool.In("new"));
        await using SupSupConnection client = await SupSupConnection.ConnectAsync(again.GatewayPort, Stop);
        await known.CheckAsync(client.Client);
        Assert.Equal(120 + Before, (await (await client.Client.OpenAsync(Model, Stop)).DescribeAsync(Stop)).Tasks.Length);
    }

    [Fact]
    public async Task Given_what_a_backup_or_restore_cannot_take_when_run_then_one_line_names_it_and_the_store_stays()
    {
        await using (SiloProcess silo = await StartAsync(_tool.Store))
        {
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
            await FillAsync(connection.Client);
            (await _tool.RunAsync("restore", _tool.In("none"))).ShouldFail(1, "there is no backup in", "none");
            Assert.Equal(0, (await _tool.RunAsync("backup", _tool.In("backup"))).ExitCode);
            (await _tool.RunAsync("restore", _tool.In("backup"), "--replace")).ShouldFail(1, _tool.Store, "is using the store");
            (await _tool.RunAsync("backup", _tool.In("backup"))).ShouldFail(1, "holds a complete backup");
        }

        (await _tool.RunAsync("backup", _tool.In("b"), "--store", _tool.In("none"))).ShouldFail(1, "there is no store at", "none");
        (await _tool.RunAsync("backup", _tool.Store)).ShouldFail(1, _tool.Store, "is not empty");
        (await _tool.RunAsync("restore", _tool.In("backup"))).ShouldFail(1, "is not empty", "--replace");
        (await _tool.RunAsync("backup", _tool.In("b"), "--azure-blobs", "what")).ShouldFail(2, "--azure-blobs", "connection string");
        (await _tool.RunAsync("backup", _tool.In("b"), "--container", "c")).ShouldFail(2, "--container", "--azure-blobs");
        Assert.Equal(0, (await _tool.RunAsync("restore", _tool.In("backup"), "--replace")).ExitCode);

        // A bit of a mask in the store: the backup has all but that, and says so.
        string mask = Path.Combine(_tool.Store, "grainstate/mask-task/m/2.json");
        await FlipAsync(mask);
        Tool.Outcome lacking = await _tool.RunAsync("backup", _tool.In("lacking"));
        Assert.Equal(1, lacking.ExitCode);
        Assert.Contains("left out: mask-task/m/2", lacking.Error, StringComparison.Ordinal);

        // A bit of a mask in the backup: it is not restored, and nothing is written.
        await FlipAsync(_tool.In("backup/grainstate/mask-task/m/3.json"));
        (await _tool.RunAsync("backup", "--verify", _tool.In("backup"))).ShouldFail(1, "damaged in 1 record", "mask-task/m/3");
        (await _tool.RunAsync("restore", _tool.In("backup"), "--store", _tool.In("new"))).ShouldFail(1, "mask-task/m/3");
        Assert.Empty(Directory.EnumerateFiles(_tool.In("new"), "*.json", SearchOption.AllDirectories));
    }

    private static async Task FlipAsync(string file)
    {
        byte[] content = await File.ReadAllBytesAsync(file, Stop);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(file, content, Stop);
    }

    // Tasks that are learned, sent data, a training that waits for its batches, and a stream.
    private static async Task<Known> FillAsync(SupSupClient client)
    {
        SupSupModel model = await client.CreateAsync(Model, Spec, Stop);
        for (int task = 0; task < Before; task++) await LearnAsync(model, task);
        await model.SendDataAsync(3, new MemoryStream([.. Enumerable.Range(0, 100_000).Select(n => (byte)n)]), "some.csv", Stop);
        SupSupStream stream = await model.OpenStreamAsync("s", Streamed, Stop);
        (InputBatch inputs, int[] labels) = Batch(50, 0);
        await stream.SendAsync(inputs, labels, Stop);
        return await Known.OfAsync(client);
    }

    // Trains, removes, asks, sends data, makes and deletes models, and streams, until it is told to end.
    private static async Task UseAsync(SupSupClient client, CancellationToken enough)
    {
        SupSupModel model = await client.OpenAsync(Model, Stop);
        SupSupStream stream = await model.OpenStreamAsync("s", Streamed, Stop);
        Func<int, Task>[] uses =
        [
            async n => await LearnAsync(model, await model.AllocateTaskAsync(Stop)),
            async n =>
            {
                int task = await model.AllocateTaskAsync(Stop);
                await LearnAsync(model, task);
                await model.DeleteTaskAsync(task, Stop);
            },
            n => model.InferAsync(Inputs, cancellationToken: Stop),
            n => model.SendDataAsync(4, new MemoryStream([.. Enumerable.Range(n, 5_000).Select(value => (byte)value)]), "other.csv", Stop),
            async n =>
            {
                SupSupModel other = await client.CreateAsync($"gone{n % 3}", Spec with { Seed = (ulong)n }, Stop);
                await LearnAsync(other, 0);
                await client.DeleteAsync($"gone{n % 3}", Stop);
            },
            n => stream.SendAsync(Batch(50 + n / 10, n).Inputs, Batch(50, n).Labels, Stop),
        ];
        await Task.WhenAll(uses.Select(async use =>
        {
            for (int n = 0; !enough.IsCancellationRequested; n++) await use(n);
        }));
    }

    private static async Task LearnAsync(SupSupModel model, int task) => await model.LearnAsync(
        task, new TrainingOrder { Data = null, Batches = 3 },
        (number, _) =>
        {
            (InputBatch inputs, int[] labels) = Batch(task, number);
            return ValueTask.FromResult(new LabelledBatch { Inputs = inputs, Labels = labels });
        },
        cancellationToken: Stop);

    private static (InputBatch Inputs, int[] Labels) Batch(int task, int number) => (
        new InputBatch { Rows = 4, Values = [.. Enumerable.Range(0, 4 * 64).Select(i => MathF.Cos(i * (number + 1) + task))] },
        [0, 1, 2, 3]);

    private Task<SiloProcess> StartAsync(string store) => StartAsync(new Dictionary<string, string> { ["Storage:Directory"] = store });

    private Task<SiloProcess> StartAsync(Dictionary<string, string> store) => SiloProcess.StartNewAsync(
        Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
        "one",
        _tool.In("silo.log"),
        new Dictionary<string, string>(store)
        {
            ["Compute:DataFolder"] = _tool.In("data"),
            ["Drain:Seconds"] = "0",
            ["Http:Dashboard"] = "false",
        },
        Stop);

    /// <summary>What a store is known to answer: the answers, all outputs of each task, and every bit of every mask.</summary>
    private sealed record Known(string Answers, string Outputs, byte[][] Masks)
    {
        private static readonly JsonSerializerOptions Whole = new() { IncludeFields = true };

        public static async Task<Known> OfAsync(SupSupClient client)
        {
            SupSupModel model = await client.OpenAsync(Model, Stop);
            int[] tasks = [.. Enumerable.Range(0, Before)];
            Prediction[] answers = await model.InferAsync(Inputs, new InferenceOptions { Candidates = [.. tasks] }, Stop);
            string[] outputs = await Task.WhenAll(
                tasks.Select(async task => JsonSerializer.Serialize(await model.PredictAsync(task, Inputs, Stop))));
            byte[][] masks = await Task.WhenAll(tasks.Select(async task => (await model.GetMaskAsync(task, Stop)).File));

            // The other fields are about all tasks, of which there may be more by now.
            string told = string.Join('\n', answers.Select(answer =>
                JsonSerializer.Serialize((answer.Task, answer.Class, answer.Entropy, answer.Score), Whole)));
            return new Known(told, string.Join('\n', outputs), masks);
        }

        private static string Failures(ModelHealth health) => string.Join(
            "; ",
            health.Shards.SelectMany(shard => shard.Failures).Select(failure => failure.Message)
                .Concat(health.Records.SelectMany(kind => kind.Failures).Select(failure => failure.Message)));

        public async Task CheckAsync(SupSupClient client)
        {
            ModelHealth health = await (await client.OpenAsync(Model, Stop)).CheckHealthAsync(Stop);
            Assert.True(health.IsWhole, Failures(health));
            Assert.True(health.Tasks >= Before);
            Known now = await OfAsync(client);
            Assert.Equal((Answers, Outputs), (now.Answers, now.Outputs));
            Assert.Equal(Masks, now.Masks);
            foreach (CatalogEntry entry in await client.ListModelsAsync(Stop))
            {
                try
                {
                    ModelHealth other = await (await client.OpenAsync(entry.Model, Stop)).CheckHealthAsync(Stop);
                    Assert.True(other.IsWhole, $"{entry.Model}: {Failures(other)}");
                }
                catch (SupSupException e) when (e.Error == SupSupError.NotFound && entry.Model.StartsWith("gone", StringComparison.Ordinal))
                {
                    // It was being deleted.
                }
            }
        }
    }
}
