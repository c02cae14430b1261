using Azure.Core;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage;
using SupSup.LocalCluster;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>
/// Why the official provider has a guard around it: each case once without it and once with it. Where one fails on the former
/// with a later version of the package, that part of the guard may go.
/// </summary>
public sealed class OfficialProviderTests(OrleansSerialization serialization, AzuriteFixture azurite)
{
    private static readonly GrainId Grain = GrainId.Create("task", "permuted/12");

    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);
    private readonly RequestHook _hook = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_answer_to_a_write_is_lost_when_repeated_then_only_the_guard_knows_it_as_its_own()
    {
        await using RunningStorage bare = await StartBareAsync();
        await using RunningStorage guarded = await StartGuardedAsync();

        _hook.LoseAnswers(RequestMethod.Put);
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await bare.InsertAsync(GrainId.Create("task", "bare"), "stored"));
        _hook.LoseAnswers(RequestMethod.Put);
        SampleRecord written = await guarded.InsertAsync(Grain, "stored");

        Assert.Equal("stored", (await bare.ReadAsync(GrainId.Create("task", "bare"))).State.Text);
        SampleRecord read = await guarded.ReadAsync(Grain);
        Assert.Equal(("stored", written.ETag), (read.State.Text, read.ETag));
    }

    [Fact]
    public async Task Given_a_flipped_bit_when_read_then_only_the_guard_says_so()
    {
        await using RunningStorage bare = await StartBareAsync();
        await using RunningStorage guarded = await StartGuardedAsync();
        var written = new SampleRecord(new SampleState { Mask = new byte[100] });
        await guarded.WriteAsync(Grain, written);
        await _container.RotAsync(Grain, bytes => [.. bytes[..^20], (byte)(bytes[^20] ^ 1), .. bytes[^19..]]);

        Assert.Contains((byte)1, (await bare.ReadAsync(Grain)).State.Mask);
        await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await guarded.ReadAsync(Grain));
    }

    [Fact]
    public async Task Given_an_emptied_blob_when_read_then_only_the_guard_says_so()
    {
        await using RunningStorage bare = await StartBareAsync();
        await using RunningStorage guarded = await StartGuardedAsync();
        await guarded.InsertAsync(Grain, "whole");
        await _container.RotAsync(Grain, _ => []);

        await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await guarded.ReadAsync(Grain));
        SampleRecord read = await bare.ReadAsync(Grain);
        Assert.False(read.RecordExists);
        await bare.WriteAsync(Grain, read);
        Assert.NotEmpty(await _container.ContentOfAsync(Grain));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("not a record")]
    public async Task Given_a_blob_that_is_no_record_when_read_then_only_the_guard_names_it(string damage)
    {
        await using RunningStorage bare = await StartBareAsync();
        await using RunningStorage guarded = await StartGuardedAsync();
        byte[] whole = serialization.StorageSerializer.Serialize(new SampleState { Mask = new byte[100] }).ToArray();
        await _container.BlobOf(Grain).UploadAsync(
            damage == "cut" ? new BinaryData(whole[..50]) : new BinaryData("not a record"), Cancellation);

        Exception? unnamed = await Record.ExceptionAsync(async () => await bare.ReadAsync(Grain));
        DamagedGrainStateException named =
            await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await guarded.ReadAsync(Grain));

        Assert.NotNull(unnamed);
        Assert.DoesNotContain("permuted/12", unnamed.Message);
        Assert.StartsWith("cannot read grain state blob mask-task/permuted/12.json in container ", named.Message);
    }

    [Fact]
    public async Task Given_a_container_that_is_gone_when_read_or_inserted_into_then_only_the_guard_says_so()
    {
        await using RunningStorage bare = await StartBareAsync();
        await using RunningStorage guarded = await StartGuardedAsync();
        await guarded.InsertAsync(Grain, "gone");
        await _container.Client.DeleteAsync(cancellationToken: Cancellation);

        GrainStorageIOException read =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await guarded.ReadAsync(Grain));
        GrainStorageIOException insert =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await guarded.InsertAsync(Grain, "new"));

        Assert.All([read, insert], e => Assert.Contains("HTTP 404 ContainerNotFound", e.Message));
        Assert.EndsWith("nothing was changed", insert.Message);
        Assert.False(await _container.Client.ExistsAsync(Cancellation));
        Assert.False((await bare.ReadAsync(Grain)).RecordExists);
        await bare.InsertAsync(Grain, "new");
        Assert.True(await _container.Client.ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Given_a_record_when_cleared_without_etag_then_only_the_guard_refuses()
    {
        await using RunningStorage bare = await StartBareAsync();
        await using RunningStorage guarded = await StartGuardedAsync();
        await guarded.InsertAsync(Grain, "kept");

        await Assert.ThrowsAsync<InconsistentStateException>(() => guarded.ClearAsync(Grain, new SampleRecord(new SampleState())));
        Assert.True(await _container.BlobOf(Grain).ExistsAsync(Cancellation));
        await bare.ClearAsync(Grain, new SampleRecord(new SampleState()));

        Assert.False(await _container.BlobOf(Grain).ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Given_the_service_halts_when_read_then_only_the_guard_comes_to_an_end()
    {
        string folder = Directory.CreateTempSubdirectory("supsup-azurite-").FullName;
        await using (AzuriteServer own = await AzuriteServer.StartNewAsync(folder, Cancellation))
        {
            var container = new TemporaryContainer(serialization, own.ConnectionString);
            await using RunningStorage guarded =
                await container.StartAsync(configure: options => options.OperationTimeout = TimeSpan.FromSeconds(1));
            await using RunningStorage bare = await StartBareAsync(container.Name, own.ConnectionString);
            own.Pause();

            Task<SampleRecord> waiting = bare.ReadAsync(Grain).AsTask();
            GrainStorageIOException ended =
                await Assert.ThrowsAsync<GrainStorageIOException>(async () => await guarded.ReadAsync(Grain));

            Assert.False(waiting.IsCompleted);
            Assert.EndsWith("given up after 1 s", ended.Message);
            own.Resume();
            Assert.False((await waiting).RecordExists);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Given_nothing_listens_when_started_then_only_the_guard_says_so_in_one_line()
    {
        string nowhere = azurite.ConnectionString.Replace(
            new Uri(_container.Client.Uri.AbsoluteUri).Authority, $"127.0.0.1:{LoopbackPorts.Free(1)[0]}", StringComparison.Ordinal);

        await Assert.ThrowsAsync<AggregateException>(() => StartBareAsync(_container.Name, nowhere));
        GrainStorageIOException guarded = await Assert.ThrowsAsync<GrainStorageIOException>(
            async () => await new TemporaryContainer(serialization, nowhere).StartAsync(
                configure: options => options.StartTimeout = TimeSpan.FromSeconds(1)));

        Assert.DoesNotContain('\n', guarded.Message);
        Assert.Contains("Connection refused", guarded.Message);
    }

    private ValueTask<RunningStorage> StartGuardedAsync() => _container.StartAsync(configure: _hook.Install);

    private Task<RunningStorage> StartBareAsync() => StartBareAsync(_container.Name, azurite.ConnectionString);

    private async Task<RunningStorage> StartBareAsync(string container, string connectionString)
    {
        var client = new BlobClientOptions { Retry = { MaxRetries = 1, Delay = TimeSpan.FromMilliseconds(100) } };
        client.AddPolicy(_hook, HttpPipelinePosition.PerRetry);
        var options = new AzureBlobStorageOptions
        {
            BlobServiceClient = new BlobServiceClient(connectionString, client),
            ContainerName = container,
            GrainStorageSerializer = serialization.StorageSerializer,
        };
        await using ServiceProvider none = new ServiceCollection().BuildServiceProvider();
        var storage = new AzureBlobGrainStorage(
            "bare", options, options.BuildContainerFactory(none, options), serialization.Activators,
            NullLogger<AzureBlobGrainStorage>.Instance);
        var lifecycle = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        storage.Participate(lifecycle);
        await lifecycle.OnStart(Cancellation);
        return new RunningStorage(storage, async () => await lifecycle.OnStop(CancellationToken.None));
    }
}
