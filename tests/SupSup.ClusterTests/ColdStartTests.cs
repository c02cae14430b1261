using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.ClusterTests;

public sealed class ColdStartTests
{
    private const int Learned = 16;

    private static readonly InferenceOptions Inference = new() { FirstLayerOnly = true };

    // Most of the time goes to importing them: the long run has as many as the paper has tasks, on three shards.
    private static int Stored => RealData.IsLongRun ? 2500 : 300;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_many_stored_tasks_when_the_cluster_starts_then_it_answers_right_and_wakes_no_task_grain_for_each()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync();
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        await Task.WhenAll(Enumerable.Range(0, Learned)
            .Select(task => model.LearnAsync(task, RealData.Order(task, batches: 100), cancellationToken: Stop)));
        await ImportAsync(model);
        Prediction[] before = await model.InferAsync(await RealData.ImagesAsync(3, 20), Inference, Stop);
        Assert.InRange(before.Count(prediction => prediction.Task == 3), 18, 20);
        Assert.Equal([0, 0, 0], await cluster.Cluster.StopSilosAsync());

        await cluster.Cluster.StartSilosAsync(Stop);
        Stopwatch sinceReady = Stopwatch.StartNew();
        Prediction[] after = await model.InferAsync(await RealData.ImagesAsync(3, 20), Inference, Stop);
        TestContext.Current.TestOutputHelper?.WriteLine($"first answer after {sinceReady.Elapsed.TotalSeconds:F1} s");
        Assert.Equal(before.Select(p => (p.Task, p.Class, p.LeftOut)), after.Select(p => (p.Task, p.Class, p.LeftOut)));

        ModelHealth health = await model.CheckHealthAsync(Stop);
        Assert.True(health.IsWhole);
        Assert.Equal(Stored, health.Shards.Sum(shard => shard.Tasks));
        Assert.Equal(RealData.IsLongRun ? 3 : 1, health.Shards.Select(shard => shard.Silo).Distinct().Count());
        Assert.InRange(await TaskGrainsAsync(cluster), 0, 10);
    }

    // Learned masks with the inputs of their first layer moved: like those of other permutations, at no training.
    private static async Task ImportAsync(SupSupModel model)
    {
        const int BytesPerRow = 98;
        FixedNetwork network = new(NetworkPlan.Dense(RealData.Spec.Inputs, RealData.Spec.Hidden, RealData.Spec.Outputs), RealData.Spec.Seed,
            RealData.Spec.WeightsVersion);
        PackedMaskBlob[] learned = await Task.WhenAll(Enumerable.Range(0, Learned).Select(task => model.GetMaskAsync(task, Stop)));
        int first = network.Shape.Layers[0].PackedBytes;
        await Parallel.ForEachAsync(Enumerable.Range(Learned, Stored - Learned), new ParallelOptions
        {
            MaxDegreeOfParallelism = 16,
            CancellationToken = Stop,
        }, async (task, stop) =>
        {
            byte[] source = MaskFile.Read(network, learned[task % Learned].File, "learned").Bits.ToArray();
            byte[] bits = [.. source];
            int by = task / Learned;
            for (int row = 0; row < first; row += BytesPerRow)
                for (int n = 0; n < BytesPerRow; n++) bits[row + n] = source[row + ((n + by) % BytesPerRow)];
            await model.ImportAsync(task, MaskFile.Write(network, new TaskMask(network.Shape, bits)), stop);
        });
    }

    private static async Task<int> TaskGrainsAsync(TestCluster cluster)
    {
        SupSupClientOptions options = cluster.Cluster.ClientOptions();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddSupSupClient(
            client => (client.ServiceId, client.ClusterId, client.Redis) = (options.ServiceId, options.ClusterId, options.Redis));
        using IHost host = builder.Build();
        await host.StartAsync(Stop);
        SimpleGrainStatistic[] grains =
            await host.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        await host.StopAsync(Stop);
        return grains.Where(grain => grain.GrainType.Contains("TaskGrain", StringComparison.Ordinal)).Sum(grain => grain.ActivationCount);
    }
}
