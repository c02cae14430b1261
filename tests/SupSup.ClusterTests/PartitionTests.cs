using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.LocalCluster;

namespace SupSup.ClusterTests;

/// <summary>A silo that is cut off from the others, from Redis and from the store, by network namespaces.</summary>
public sealed partial class PartitionTests : IAsyncLifetime
{
    private const int Silos = 3;
    private const int HttpPort = 8080;

    private static readonly TimeSpan Partition = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-partition-").FullName;
    private readonly ChildProcess?[] _silos = new ChildProcess?[Silos];
    private SplitNetwork? _network;
    private RedisServer? _redis;
    private AzuriteServer? _azurite;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SupSupClientOptions Options => new() { Redis = _redis!.ConnectionString };

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(RealData.IsLongRun, "a partition of a minute: ./test.sh --long runs it");
        (_network, string problem) = await SplitNetwork.TryCreateAsync(Silos);
        Assert.SkipWhen(_network is null, problem);
        await RealData.ReadyAsync();
        int[] ports = LoopbackPorts.Free(2);
        _redis = new RedisServer(Path.Combine(_folder, "redis"), ports[0], _network.Outside);
        _azurite = new AzuriteServer(Path.Combine(_folder, "azurite"), ports[1], _network.Outside);
        await Task.WhenAll(_redis.StartAsync(Stop), _azurite.StartAsync(Stop));
        await Task.WhenAll(Enumerable.Range(0, Silos).Select(StartAsync));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess silo in _silos.OfType<ChildProcess>()) await silo.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        if (_azurite is not null) await _azurite.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Given_three_silos_when_the_coordinators_is_cut_off_then_it_is_unready_no_index_is_given_twice_and_nothing_is_lost()
    {
        await using SupSupConnection connection = await SupSupConnection.ConnectAsync(Options, Stop);
        SupSupModel model = await connection.Client.CreateAsync("m", RealData.Spec, Stop);
        await model.LearnAsync(0, RealData.Order(0), cancellationToken: Stop);
        int minority = await CoordinatorAsync();
        ConcurrentBag<int> given = [];
        ConcurrentBag<TaskSummary> acknowledged = [];
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        List<Task> load =
        [
            .. Enumerable.Range(0, Silos).Select(host => WhileAsync(() => AllocateAsync(host, given), end.Token)),
            WhileAsync(
                async () =>
                {
                    int task = await model.AllocateTaskAsync(Stop);
                    given.Add(task);
                    acknowledged.Add(await model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop));
                },
                end.Token),
        ];
        while (given.Count < 5) await Task.Delay(100, Stop);

        await _network!.CutAsync(minority);
        Stopwatch cut = Stopwatch.StartNew();
        while (await IsReadyAsync(minority))
        {
            Assert.True(cut.Elapsed < Partition, "the silo that was cut off stayed ready");
            await Task.Delay(200, Stop);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"unready {cut.Elapsed.TotalSeconds:F1} s after the cut");
        int before = acknowledged.Count;
        while (cut.Elapsed < Partition) await Task.Delay(500, Stop);
        Assert.True(acknowledged.Count > before, "the majority learned nothing");
        Assert.False(await IsReadyAsync(minority));
        Assert.All(Others(minority), host => Assert.False(_silos[host]!.HasExited));

        // It finds that it was declared dead, and ends; whoever runs it starts it again.
        await _network.JoinAsync(minority);
        await _silos[minority]!.EndAsync(Stop);
        await StartAsync(minority);
        int healed = given.Count;
        while (given.Count < healed + 5) await Task.Delay(100, Stop);
        await end.CancelAsync();
        await Task.WhenAll(load);

        Assert.Equal(given.Count, given.Distinct().Count());
        ModelDescription description = await model.DescribeAsync(Stop);
        foreach (TaskSummary task in acknowledged)
        {
            Assert.Contains(task, description.Tasks);
            Assert.Equal(task.Bytes, (await model.GetMaskAsync(task.Task, 2, Stop)).File.Length);
        }

        Assert.True((await model.CheckHealthAsync(Stop)).IsWhole);
        TestContext.Current.TestOutputHelper?.WriteLine($"{given.Count} indices given, {acknowledged.Count} tasks learned");
    }

    private static IEnumerable<int> Others(int host) => Enumerable.Range(0, Silos).Where(other => other != host);

    private static async Task WhileAsync(Func<Task> action, CancellationToken end)
    {
        while (!end.IsCancellationRequested) await action();
    }

    private async Task StartAsync(int host)
    {
        if (_silos[host] is { } before) await before.DisposeAsync();
        Dictionary<string, string> settings = new()
        {
            ["Membership:Kind"] = "redis",
            ["Membership:Redis"] = _redis!.ConnectionString,
            ["Storage:Kind"] = "azure",
            ["Storage:ConnectionString"] = _azurite!.ConnectionString,
            ["Compute:DataFolder"] = RealData.Folder,
            ["Endpoints:Address"] = _network!.Address(host),
            ["SiloName"] = $"silo-{host}",
        };
        string[] flags = [.. settings.Select(setting => $"--{setting.Key}={setting.Value}")];
        ChildProcess silo = await ChildProcess.StartAsync(
            $"silo-{host}", Path.Combine(_folder, $"silo-{host}.log"), new Dictionary<string, string>(),
            _network.In(host, [Path.Combine(AppContext.BaseDirectory, "SupSup.Silo"), .. flags]));
        _silos[host] = silo;
        await silo.ReadyAsync(_ => IsReadyAsync(host), TimeSpan.FromMinutes(2), Stop);
    }

    private async Task<bool> IsReadyAsync(int host) => (await _network!.AskAsync(host, HttpPort, "GET", "/health/ready")).Status == 200;

    // What is not acknowledged may have been given all the same: it is then given to no one.
    private async Task AllocateAsync(int host, ConcurrentBag<int> given)
    {
        (int status, string content) = await _network!.AskAsync(host, HttpPort, "POST", "/v1/models/m/tasks");
        if (status == 201) given.Add(int.Parse(Number().Match(content).Value, System.Globalization.CultureInfo.InvariantCulture));
        await Task.Delay(200, Stop);
    }

    // The silo that hands out the indices.
    private async Task<int> CoordinatorAsync()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddSupSupClient(client => client.Redis = Options.Redis);
        using IHost host = builder.Build();
        await host.StartAsync(Stop);
        SimpleGrainStatistic[] grains =
            await host.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        await host.StopAsync(Stop);
        SimpleGrainStatistic coordinator = grains.Single(
            grain => grain.GrainType.Contains("CoordinatorGrain", StringComparison.Ordinal) && grain.ActivationCount > 0);
        string address = coordinator.SiloAddress.Endpoint.Address.ToString();
        return Enumerable.Range(0, Silos).Single(silo => _network!.Address(silo) == address);
    }

    // The first number of a body, which may come in chunks: each begins with its length on a line.
    [GeneratedRegex("(?<=\"task\":)[0-9]+")]
    private static partial Regex Number();
}
