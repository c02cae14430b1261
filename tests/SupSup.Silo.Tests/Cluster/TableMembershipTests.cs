using Azure.Data.Tables;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.Silo.Tests.Cluster;

/// <summary>Silo processes that find each other by a table of Azurite's.</summary>
public sealed class TableMembershipTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-tables-").FullName;
    private readonly List<SiloProcess> _silos = [];
    private AzuriteServer _blobs = null!;
    private AzuriteTables _tables = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _blobs = await AzuriteServer.StartNewAsync(Path.Combine(_folder, "blobs"), Stop);
        _tables = new AzuriteTables(Path.Combine(_folder, "tables"), LoopbackPorts.Free(1)[0]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in _silos) await silo.DisposeAsync();
        await _tables.DisposeAsync();
        await _blobs.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Given_silos_that_start_before_their_table_when_one_is_killed_then_the_other_answers_as_before()
    {
        Task<SiloProcess>[] starting = [StartAsync("one"), StartAsync("two")];
        await Task.Delay(TimeSpan.FromSeconds(1), Stop);
        await _tables.StartAsync(Stop);
        _silos.AddRange(await Task.WhenAll(starting));
        SupSupClientOptions options = new() { AzureTables = _tables.ConnectionString };
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(options, Stop);
        SupSupModel model = await connection.Client.CreateAsync("m", ClusterData.Spec, Stop);
        for (int task = 0; task < 3; task++) await model.LearnAsync(task, Stop);
        Prediction[] before = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
        await _silos[0].KillAsync();
        Prediction[] after = await model.InferAsync(ClusterData.Inputs, cancellationToken: Stop);
        Assert.Equal(before.Select(answer => (answer.Task, answer.Class)), after.Select(answer => (answer.Task, answer.Class)));
        await model.LearnAsync(3, Stop);

        // A client of another service finds no silo there.
        SupSupClientOptions other = new()
        {
            AzureTables = _tables.ConnectionString,
            ServiceId = "other",
            ConnectTimeout = TimeSpan.FromSeconds(1),
        };
        await Assert.ThrowsAsync<SupSupException>(() => SupSupConnection.ConnectAsync(other, Stop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_two_silos_when_their_table_is_deleted_or_emptied_and_a_third_starts_then_all_are_one_cluster(bool isDeleted)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        await _tables.StartAsync(Stop);
        foreach (string name in new[] { "one", "two" }) _silos.Add(await StartAsync(name));
        TableClient table = new(_tables.ConnectionString, "SupSupMembers");
        if (isDeleted)
        {
            await table.DeleteAsync(Stop);
        }
        else
        {
            await foreach (TableEntity row in table.QueryAsync<TableEntity>(cancellationToken: Stop))
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: Stop);
        }

        _silos.Add(await StartAsync("three"));
        foreach (SiloProcess silo in _silos)
        {
            for (int attempt = 0; string.Join(' ', await silo.MembersAsync(Stop)) != "one three two"; attempt++)
            {
                Assert.True(attempt < 600, "they were not one cluster within a minute");
                await Task.Delay(100, Stop);
            }
        }

        Assert.All(_silos, silo => Assert.True(silo.IsRunning));
    }

    [Fact]
    public async Task Given_no_table_service_when_a_silo_starts_then_one_line_names_it_and_the_remedy()
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
            [
                "--Membership:Kind=azure", $"--Membership:ConnectionString={_tables.ConnectionString}", "--Membership:StartSeconds=1",
                "--Storage:Kind=azure", $"--Storage:ConnectionString={_blobs.ConnectionString}",
                .. new[] { "Endpoints:SiloPort", "Endpoints:GatewayPort", "Http:Port", "Http:GrpcPort" }
                    .Zip(LoopbackPorts.Free(4), (name, port) => $"--{name}={port}"),
            ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop);
        string error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        await output;
        Assert.Equal(1, process.ExitCode);
        string line = error.Trim().Split('\n')[^1];
        Assert.Contains("table SupSupMembers at http://127.0.0.1:", line, StringComparison.Ordinal);
        Assert.Contains("could not be reached within 1 s", line, StringComparison.Ordinal);
        Assert.DoesNotContain(AzuriteServer.AccountKey, error, StringComparison.Ordinal);
    }

    private Task<SiloProcess> StartAsync(string name) => SiloProcess.StartNewAsync(
        Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"),
        name,
        Path.Combine(_folder, $"{name}.log"),
        new Dictionary<string, string>
        {
            ["Membership:Kind"] = "azure",
            ["Membership:ConnectionString"] = _tables.ConnectionString,
            ["Storage:Kind"] = "azure",
            ["Storage:ConnectionString"] = _blobs.ConnectionString,
            ["Drain:Seconds"] = "0",
        },
        Stop);
}
