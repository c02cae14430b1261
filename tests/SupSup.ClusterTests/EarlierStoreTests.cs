using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.Storage.Tests.AzureBlobs;

namespace SupSup.ClusterTests;

/// <summary>
/// A container of a silo whose blob storage did not yet stand on Orleans' own: store.zip holds what commit 1280b6b stored.
/// </summary>
public sealed class EarlierStoreTests
{
    private const int Tasks = 3;

    // Blobs of a model whose name ends in a dot have names that the official provider alone does not give.
    private static readonly (string Name, int Tasks)[] Stored = [("earlier", Tasks), ("dot.", 1)];

    private static readonly ModelSpec Spec = new() { Inputs = 784, Hidden = [40], Outputs = 50, Classes = 10, Seed = 7 };

    private static string Archive { get; } = Path.Combine(AppContext.BaseDirectory, "store.zip");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_store_of_an_earlier_silo_when_opened_then_its_model_answers_as_one_that_is_learned_anew()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1);
        await cluster.Cluster.StopSilosAsync();
        await BlobArchive.UploadAsync(Archive, cluster.Blobs, Stop);
        await cluster.Cluster.StartSilosAsync(Stop);

        SupSupModel anew = await LearnAsync(cluster, "anew", Tasks);
        foreach ((string name, int tasks) in Stored)
        {
            SupSupModel earlier = await cluster.Client.OpenAsync(name, Stop);
            Assert.True((await earlier.CheckHealthAsync(Stop)).IsWhole);
            for (int task = 0; task < tasks; task++)
                Assert.Equal((await anew.GetMaskAsync(task, Stop)).File, (await earlier.GetMaskAsync(task, Stop)).File);
        }

        SupSupModel model = await cluster.Client.OpenAsync("earlier", Stop);
        for (int task = 0; task < Tasks; task++)
        {
            InputBatch images = await RealData.ImagesAsync(task, 20);
            Prediction[] answers = await model.InferAsync(images, cancellationToken: Stop);
            Assert.Equal(
                (await anew.InferAsync(images, cancellationToken: Stop)).Select(answer => (answer.Task, answer.Class)),
                answers.Select(answer => (answer.Task, answer.Class)));
            Assert.InRange(answers.Count(answer => answer.Task == task), 15, 20);
        }

        await model.LearnAsync(Tasks, RealData.Order(Tasks), cancellationToken: Stop);
        await model.DeleteTaskAsync(0, Stop);
        Assert.Equal(Tasks, (await model.CheckHealthAsync(Stop)).Shards.Sum(shard => shard.Tasks));
    }

    /// <summary>Made store.zip, at the commit that the class names; SUPSUP_ARCHIVE says where the file goes.</summary>
    [Fact(Explicit = true)]
    public async Task Given_a_model_when_its_store_is_archived_then_the_file_is_there()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 1);
        foreach ((string name, int tasks) in Stored) await LearnAsync(cluster, name, tasks);
        await cluster.Cluster.StopSilosAsync();
        string file = Environment.GetEnvironmentVariable("SUPSUP_ARCHIVE") ?? throw new InvalidOperationException("set SUPSUP_ARCHIVE");
        await BlobArchive.SaveAsync(cluster.Blobs, file, Stop);

        Assert.True(new FileInfo(file).Length > 0);
    }

    private static async Task<SupSupModel> LearnAsync(TestCluster cluster, string name, int tasks)
    {
        SupSupModel model = await cluster.Client.CreateAsync(name, Spec, Stop);
        for (int task = 0; task < tasks; task++) await model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop);
        return model;
    }
}
