#!/usr/bin/env dotnet
#:package Microsoft.Orleans.Server
#:project ../src/SupSup.Storage/SupSup.Storage.csproj
#:project ../tools/SupSup.LocalCluster/SupSup.LocalCluster.csproj
#:property PublishAot=false

// The Azure store's cost beside that of an earlier commit and of the official provider alone:
// dotnet run -c Release benchmarks/azure-store.cs [EARLIER]
// EARLIER is a folder with that commit's SupSup.Storage.dll, such as artifacts/bin/SupSup.Storage/release of a worktree of it. All are in
// this process, on one Azurite, and take turns within each round; medians over the rounds of times and of their ratios. "processor" is
// this process' time: Azurite's, which is most of what one waits for, is not in it.
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using SupSup.LocalCluster;
using SupSup.Storage.AzureBlobs;

const int Bytes = 40_000, Each = 200, Cold = 2500, AtOnce = 16, Rounds = 15;
ServiceProvider services = new ServiceCollection().AddSerializer().BuildServiceProvider();
IActivatorProvider activators = services.GetRequiredService<IActivatorProvider>();
OrleansGrainStorageSerializer serializer = new(services.GetRequiredService<Serializer>());
string folder = Directory.CreateTempSubdirectory("supsup-azure-").FullName;
await using AzuriteServer azurite = await AzuriteServer.StartNewAsync(folder);
List<(string Name, Func<Task<IGrainStorage>> Start)> providers = [("this", () => Guarded(typeof(BlobGrainStorage).Assembly))];
if (args is [string earlier])
{
    string path = Path.GetFullPath(Path.Combine(earlier, "SupSup.Storage.dll"));
    Assembly assembly = new AssemblyLoadContext("earlier").LoadFromAssemblyPath(path);
    providers.Insert(0, ("earlier", () => Guarded(assembly)));
}

providers.Insert(0, ("official alone", Official));
byte[] mask = new byte[Bytes];
new Random(1).NextBytes(mask);
IGrainStorage[] warm = await Task.WhenAll(providers.Select(provider => provider.Start()));
GrainState<byte[]>[,] written = new GrainState<byte[]>[providers.Count, Each];
await Parallel.ForAsync(0, Cold, AtMost(AtOnce), async (n, _) =>
    await warm[^1].WriteStateAsync("mask", GrainId.Create("task", $"cold/{n}"), new GrainState<byte[]>(mask)));
Dictionary<string, List<(double Wall, double Processor)[]>> times = [];
for (int round = -1; round < Rounds; round++)
{
    await TurnsAsync(round, "write of 40 KB", Each, 1, async (p, n) =>
    {
        written[p, n] ??= new GrainState<byte[]>(mask);
        await warm[p].WriteStateAsync("mask", GrainId.Create("task", $"{p}/{n}"), written[p, n]);
    });
    await TurnsAsync(round, "read of 40 KB", Each, 1, async (p, n) =>
    {
        var read = new GrainState<byte[]>();
        await warm[p].ReadStateAsync("mask", GrainId.Create("task", $"{p}/{n}"), read);
        if (read.State?.Length != Bytes) throw new InvalidDataException("not what was written");
    });
    IGrainStorage[] started = await Task.WhenAll(providers.Select(provider => provider.Start()));
    await TurnsAsync(round, "cold read of 2,500, 16 at once, each", Cold, 100, async (p, n) =>
        await started[p].ReadStateAsync("mask", GrainId.Create("task", $"cold/{n}"), new GrainState<byte[]>()));
}

foreach ((string what, List<(double Wall, double Processor)[]> rounds) in times)
{
    for (int p = 0; p < providers.Count; p++)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {providers[p].Name} {Of(t => t[p].Wall):F3} ms, processor {Of(t => t[p].Processor):F3} ms; " +
            $"over {providers[^2].Name} {Of(t => t[p].Wall / t[^2].Wall):F3}, processor {Of(t => t[p].Processor / t[^2].Processor):F3}"));
    }

    double Of(Func<(double Wall, double Processor)[], double> value)
    {
        double[] sorted = [.. rounds.Select(value).Order()];
        return sorted[sorted.Length / 2];
    }
}

// Each provider does so many at a time and then the next has its turn, the first one another each time.
async Task TurnsAsync(int round, string what, int count, int atATime, Func<int, int, Task> work)
{
    GC.Collect();
    (double Wall, double Processor)[] sums = new (double, double)[providers.Count];
    for (int n = 0; n < count; n += atATime)
    {
        for (int turn = 0; turn < providers.Count; turn++)
        {
            int p = ((n / atATime) + turn) % providers.Count;
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            if (atATime == 1) await work(p, n);
            else await Parallel.ForAsync(n, n + atATime, AtMost(AtOnce), async (i, _) => await work(p, i));
            sums[p].Wall += Stopwatch.GetElapsedTime(start).TotalMilliseconds / count;
            sums[p].Processor += (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / count;
        }
    }

    if (round < 0) return;
    if (!times.TryGetValue(what, out List<(double, double)[]>? all)) times[what] = all = [];
    all.Add(sums);
}

static ParallelOptions AtMost(int atOnce) => new() { MaxDegreeOfParallelism = atOnce };

// By reflection, since the earlier assembly's types have the names of this one's.
async Task<IGrainStorage> Guarded(Assembly assembly)
{
    Type Of(Type type) => assembly.GetType(type.FullName!)!;
    object options = Activator.CreateInstance(Of(typeof(BlobGrainStorageOptions)))!;
    options.GetType().GetProperty(nameof(BlobGrainStorageOptions.ConnectionString))!.SetValue(options, azurite.ConnectionString);
    options.GetType().GetProperty(nameof(BlobGrainStorageOptions.GrainStorageSerializer))!.SetValue(options, serializer);
    Type storage = Of(typeof(BlobGrainStorage));
    object log = typeof(NullLogger<>).MakeGenericType(storage).GetField("Instance")!.GetValue(null)!;
    return await StartedAsync((IGrainStorage)Activator.CreateInstance(storage, "bench", options, activators, log)!);
}

Task<IGrainStorage> Official()
{
    AzureBlobStorageOptions options = new()
    {
        BlobServiceClient = new BlobServiceClient(azurite.ConnectionString),
        GrainStorageSerializer = serializer,
    };
    return StartedAsync(new AzureBlobGrainStorage(
        "bench", options, options.BuildContainerFactory(services, options), activators, NullLogger<AzureBlobGrainStorage>.Instance));
}

static async Task<IGrainStorage> StartedAsync(IGrainStorage storage)
{
    SiloLifecycleSubject lifecycle = new(NullLogger<SiloLifecycleSubject>.Instance);
    ((ILifecycleParticipant<ISiloLifecycle>)storage).Participate(lifecycle);
    await lifecycle.OnStart(CancellationToken.None);
    return storage;
}
