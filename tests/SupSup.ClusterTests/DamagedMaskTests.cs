using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using SupSup.Client;
using SupSup.ClusterTests.Hosting;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.ClusterTests;

public sealed class DamagedMaskTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_damaged_truncated_and_missing_blobs_when_the_cluster_starts_then_each_is_named_and_nothing_is_overwritten()
    {
        await RealData.ReadyAsync();
        await using TestCluster cluster = await TestCluster.StartAsync(silos: 2);
        SupSupModel model = await cluster.Client.CreateAsync("m", RealData.Spec, Stop);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(task => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop)));
        await cluster.Cluster.StopSilosAsync();

        byte[] whole = (await Mask(cluster, 1).DownloadContentAsync(Stop)).Value.Content.ToArray();
        byte[] damaged = [.. whole];
        damaged[10_000] ^= 0x10;
        await ReplaceAsync(Mask(cluster, 1), damaged);
        byte[] truncated = (await Mask(cluster, 2).DownloadContentAsync(Stop)).Value.Content.ToArray()[..10_000];
        await ReplaceAsync(Mask(cluster, 2), truncated);
        await Mask(cluster, 3).DeleteAsync(cancellationToken: Stop);

        await cluster.Cluster.StartSilosAsync(Stop);
        foreach (int task in new[] { 0, 4, 5 })
        {
            Prediction[] answers = await model.InferAsync(await RealData.ImagesAsync(task, 20), cancellationToken: Stop);
            Assert.InRange(answers.Count(answer => answer.Task == task), 18, 20);
            Assert.All(answers, answer => Assert.Equal(3, answer.LeftOut));
            Assert.Equal(20, (await model.PredictAsync(task, await RealData.ImagesAsync(task, 20), Stop)).Classes.Length);
        }

        ModelHealth health = await model.CheckHealthAsync(Stop);
        Assert.Equal([1, 2, 3], health.Shards.SelectMany(shard => shard.Failures).Select(failure => failure.Task).Order());
        foreach (int task in new[] { 1, 2, 3 })
        {
            SupSupException error = await Assert.ThrowsAsync<SupSupException>(() => model.GetMaskAsync(task, Stop));
            Assert.Equal(SupSupError.Damaged, error.Error);
            Assert.Contains($"m/{task}", error.Message, StringComparison.Ordinal);
            Assert.Contains($"m/{task}", health.Shards.SelectMany(shard => shard.Failures).Single(failure => failure.Task == task).Message,
                StringComparison.Ordinal);
        }

        foreach (int task in new[] { 1, 2 })
            Assert.Equal(SupSupError.Damaged, (await Assert.ThrowsAsync<SupSupException>(
                () => model.LearnAsync(task, RealData.Order(task), cancellationToken: Stop))).Error);
        Assert.Equal(damaged, (await Mask(cluster, 1).DownloadContentAsync(Stop)).Value.Content.ToArray());
        Assert.Equal(truncated, (await Mask(cluster, 2).DownloadContentAsync(Stop)).Value.Content.ToArray());

        // Restored from a backup, and made again by the same order.
        await ReplaceAsync(Mask(cluster, 1), whole);
        await model.LearnAsync(3, RealData.Order(3), cancellationToken: Stop);
        for (int attempt =
            0; (await model.InferAsync(await RealData.ImagesAsync(1, 1), cancellationToken: Stop))[0].LeftOut != 1; attempt++)
        {
            Assert.True(attempt < 300);
            await Task.Delay(100, Stop);
        }

        Assert.Equal([2], (await model.CheckHealthAsync(Stop)).Shards.SelectMany(shard => shard.Failures).Select(failure => failure.Task));
    }

    private static BlobClient Mask(TestCluster cluster, int task) => cluster.Blobs.GetBlobClient($"mask-task/m/{task}.json");

    // The blob's hash and metadata stay as they were, as they do when bits rot.
    private static async Task ReplaceAsync(BlobClient blob, byte[] content)
    {
        BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: Stop);
        await blob.UploadAsync(new BinaryData(content), overwrite: true, Stop);
        await blob.SetHttpHeadersAsync(
            new BlobHttpHeaders { ContentHash = properties.ContentHash, ContentType = properties.ContentType }, cancellationToken: Stop);
        await blob.SetMetadataAsync(properties.Metadata, cancellationToken: Stop);
    }
}
