using Microsoft.Extensions.Hosting;
using SupSup.LocalCluster;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>The provider as a silo registers, starts and uses it.</summary>
public sealed class SiloTests(OrleansSerialization serialization, AzuriteFixture azurite)
{
    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_a_grain_wrote_its_state_when_the_silo_is_replaced_then_the_next_one_reads_it()
    {
        using (IHost first = await StartSiloAsync())
        {
            await first.Notebook("permuted/Задача").WriteAsync("kept");
            await first.StopAsync(Cancellation);
        }

        using IHost second = await StartSiloAsync();

        Assert.Equal("kept", await second.Notebook("permuted/Задача").ReadAsync());
        Assert.True(await _container.Client.GetBlobClient("page-notebook/permuted/Задача.json").ExistsAsync(Cancellation));
        await second.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Given_a_damaged_blob_when_its_grain_is_called_then_the_caller_reads_the_one_line()
    {
        using IHost silo = await StartSiloAsync();
        await _container.Client.GetBlobClient("page-notebook/1.json").UploadAsync(
            new BinaryData("not a record"), Cancellation);

        DamagedGrainStateException refused =
            await Assert.ThrowsAsync<DamagedGrainStateException>(() => silo.Notebook("1").ReadAsync());

        Assert.StartsWith($"page-notebook/1.json in container {_container.Name} at http://", refused.Location);
        Assert.DoesNotContain('\n', refused.Message);
        await silo.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Given_a_container_that_is_gone_when_a_grain_writes_then_the_caller_reads_the_one_line()
    {
        using IHost silo = await StartSiloAsync();
        await silo.Notebook("1").WriteAsync("stored");
        await _container.Client.DeleteAsync(cancellationToken: Cancellation);

        GrainStorageIOException failed =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => silo.Notebook("1").WriteAsync("lost"));

        Assert.StartsWith("cannot write blob page-notebook/1.json", failed.Message);
        Assert.DoesNotContain('\n', failed.Message);
        await silo.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Given_a_silo_that_logs_everything_when_it_runs_then_the_key_is_in_no_line()
    {
        using var log = new CapturedLog();
        using IHost silo = await TestSilo.StartAsync(
            builder => builder.AddSupSupAzureBlobGrainStorage("masks", Configure), log);
        await silo.Notebook("1").WriteAsync("stored");
        await silo.StopAsync(Cancellation);

        Assert.Contains(log.Lines, line => line.Contains("BlobGrainStorageOptions", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains($"opened container {_container.Name}", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains(AzuriteServer.AccountKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_a_misspelled_connection_string_when_the_silo_starts_then_it_is_refused_without_the_key()
    {
        OrleansConfigurationException refused = await Assert.ThrowsAsync<OrleansConfigurationException>(
            () => TestSilo.StartAsync(silo => silo.AddSupSupAzureBlobGrainStorage(
                "Default",
                options => options.ConnectionString = $"AccountName=masks;AcountKey={AzuriteServer.AccountKey}")));

        Assert.StartsWith(
            "Azure Blob grain storage \"Default\": BlobGrainStorageOptions.ConnectionString must be", refused.Message);
        Assert.DoesNotContain(AzuriteServer.AccountKey, refused.ToString());
    }

    private Task<IHost> StartSiloAsync() =>
        TestSilo.StartAsync(silo => silo.AddSupSupAzureBlobGrainStorage("masks", Configure));

    private void Configure(BlobGrainStorageOptions options)
    {
        options.ConnectionString = azurite.ConnectionString;
        options.ContainerName = _container.Name;
    }
}
