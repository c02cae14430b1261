using System.Diagnostics;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;
using SupSup.Silo.Tests.Cluster;

namespace SupSup.Silo.Tests.Operations;

/// <summary>The backup of docs/operating.md, as it is written there.</summary>
public sealed class BackupTests : IDisposable
{
    private const string Model = "m";
    private const int Before = 6;
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-backup-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_a_store_copied_while_tasks_were_learned_when_restored_then_all_acknowledged_before_answers_the_same()
    {
        string store = Path.Combine(_folder, "store");
        string backup = Path.Combine(_folder, "backup");
        Prediction[] answers;
        await using (SiloProcess silo = await StartAsync(store))
        {
            await using SupSupConnection connection = await SupSupConnection.ConnectAsync(silo.GatewayPort, Stop);
            SupSupModel model = await connection.Client.CreateAsync(Model, ClusterData.Spec, Stop);
            for (int task = 0; task < Before; task++) await model.LearnAsync(task, Stop);
            answers =
                await model.InferAsync(ClusterData.Inputs, new InferenceOptions { Candidates = [.. Enumerable.Range(0, Before)] }, Stop);

            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            Task learning = LearnOnAsync(model, enough.Token);
            await CopyAsync(store, backup);
            await enough.CancelAsync();
            await learning;
            await silo.KillAsync();
        }

        await using SiloProcess restored = await StartAsync(backup);
        await using SupSupConnection again = await SupSupConnection.ConnectAsync(restored.GatewayPort, Stop);
        SupSupModel copy = await again.Client.OpenAsync(Model, Stop);
        ModelHealth health = await copy.CheckHealthAsync(Stop);
        Assert.True(health.IsWhole, string.Join("; ", health.Shards.SelectMany(shard => shard.Failures)));
        Assert.True(health.Tasks >= Before);
        Prediction[] same = await copy.InferAsync(
            ClusterData.Inputs, new InferenceOptions { Candidates = [.. Enumerable.Range(0, Before)] }, Stop);
        Assert.Equal(answers.Select(answer => (answer.Task, answer.Class, answer.Entropy)),
            same.Select(answer => (answer.Task, answer.Class, answer.Entropy)));
        await copy.LearnAsync(health.Tasks + 100, Stop);
    }

    private static async Task LearnOnAsync(SupSupModel model, CancellationToken cancellationToken)
    {
        try
        {
            for (int task = Before; ; task++) await model.LearnAsync(task, cancellationToken);
        }
        catch (OperationCanceledException)
        {
        }
    }

    // What lists records first, then the records: none that is listed is then missing.
    private static async Task CopyAsync(string store, string backup)
    {
        string command = $"set -e; mkdir -p '{backup}/grainstate'; cd '{store}/grainstate'; "
            + "for part in catalog-catalog model-coordinator tasks-directory; do [ ! -d $part ] || cp -r $part "
            + $"'{backup}/grainstate/'; done; "
            + "for part in *; do case $part in catalog-catalog|model-coordinator|tasks-directory) ;; *) cp -r $part "
            + $"'{backup}/grainstate/' ;; esac; done; "
            + $"find '{backup}' -name '.*.tmp' -delete";
        using Process copying = Process.Start("bash", ["-c", command]);
        await copying.WaitForExitAsync(Stop);
        Assert.Equal(0, copying.ExitCode);
    }

    private Task<SiloProcess> StartAsync(string store) => SiloProcess.StartNewAsync(
        Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
        "one",
        Path.Combine(_folder, $"{Path.GetFileName(store)}.log"),
        new Dictionary<string, string> { ["Storage:Directory"] = store, ["Drain:Seconds"] = "0", ["Http:Dashboard"] = "false" },
        Stop);
}
