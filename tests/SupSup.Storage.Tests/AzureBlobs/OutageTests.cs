using Azure.Core;
using SupSup.LocalCluster;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>The service is away, silent or not there yet.</summary>
public sealed class OutageTests(OrleansSerialization serialization) : IAsyncLifetime
{
    private static readonly GrainId Grain = GrainId.Create("task", "1");

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-azurite-").FullName;
    private readonly RequestHook _hook = new();
    private AzuriteServer _azurite = null!;
    private TemporaryContainer _container = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteServer.StartNewAsync(_folder, Cancellation);
        _container = new TemporaryContainer(serialization, _azurite.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _azurite.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_service_goes_away_in_the_midst_of_a_write_when_it_is_back_then_nothing_is_lost()
    {
        // On a busy machine the service itself may take longer to start than an operation has by default.
        await using RunningStorage running = await StartAsync(o => o.OperationTimeout = TimeSpan.FromMinutes(2));
        SampleRecord[] others = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(async other => await running.InsertAsync(GrainId.Create("other", $"{other}"), $"other {other}")));
        SampleRecord state = await running.InsertAsync(Grain, "before");

        // Gone before the first request arrives, and back before the fourth: that is seconds later.
        _hook.Arm(RequestMethod.Put, before: async (request, _) =>
        {
            if (request == 1) await _azurite.StopAsync();
            if (request == 4) await _azurite.StartAsync(Cancellation);
        });
        state.State.Text = "after";
        await running.WriteAsync(Grain, state);

        Assert.Equal(4, _hook.Requests);
        SampleRecord read = await running.ReadAsync(Grain);
        Assert.Equal(("after", state.ETag), (read.State.Text, read.ETag));
        for (int other = 0; other < others.Length; other++)
        {
            read = await running.ReadAsync(GrainId.Create("other", $"{other}"));
            Assert.Equal(($"other {other}", others[other].ETag), (read.State.Text, read.ETag));
        }
    }

    [Fact]
    public async Task Given_the_service_does_not_answer_for_a_while_when_it_does_then_the_write_is_stored_once()
    {
        await using RunningStorage running = await StartAsync(o => o.NetworkTimeout = TimeSpan.FromSeconds(1));
        SampleRecord state = await running.InsertAsync(Grain, "before");

        // The first request waits at the service's door, and is still served after the second one was sent.
        _hook.Arm(RequestMethod.Put, before: (request, _) =>
        {
            if (request == 1) _azurite.Pause();
            if (request == 2) _azurite.Resume();
            return ValueTask.CompletedTask;
        });
        state.State.Text = "after";
        await running.WriteAsync(Grain, state);

        Assert.True(_hook.Requests >= 2);
        _hook.Arm(RequestMethod.Put);
        SampleRecord read = await running.ReadAsync(Grain);
        Assert.Equal(("after", state.ETag), (read.State.Text, read.ETag));
        state.State.Text = "later";
        await running.WriteAsync(Grain, state);
    }

    [Fact]
    public async Task Given_the_service_does_not_answer_when_the_time_is_over_then_one_line_says_so()
    {
        await using RunningStorage patient = await StartAsync();
        await using RunningStorage running = await StartAsync(o => o.OperationTimeout = TimeSpan.FromSeconds(1));
        SampleRecord state = await patient.InsertAsync(Grain, "before");
        _azurite.Pause();

        GrainStorageIOException write =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));
        GrainStorageIOException read =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await running.ReadAsync(Grain));

        _azurite.Resume();
        Assert.EndsWith("given up after 1 s; whether it took place is not known", write.Message);
        Assert.EndsWith("given up after 1 s", read.Message);
        Assert.StartsWith($"cannot write blob mask-task/1.json in container {_container.Name} at http://", write.Message);
        Assert.Contains(write.Location, write.Message);
    }

    [Fact]
    public async Task Given_the_service_stays_away_when_the_retries_are_over_then_one_line_says_why()
    {
        await using RunningStorage running = await StartAsync(o => o.MaxRetries = 1);
        SampleRecord state = await running.InsertAsync(Grain, "before");
        await _azurite.StopAsync();
        _hook.Arm(RequestMethod.Put);

        GrainStorageIOException failed =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));

        Assert.Equal(2, _hook.Requests);
        Assert.Contains("Connection refused", failed.Message);
        Assert.DoesNotContain('\n', failed.Message);
        await _azurite.StartAsync(Cancellation);
        await running.WriteAsync(Grain, state);
    }

    [Fact]
    public async Task Given_the_service_stays_away_when_the_time_is_over_then_one_line_says_why()
    {
        await using RunningStorage running = await StartAsync(o =>
        {
            o.OperationTimeout = TimeSpan.FromSeconds(2);
            o.MaxRetries = 20;
        });
        await _azurite.StopAsync();

        GrainStorageIOException failed =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await running.ReadAsync(Grain));

        Assert.Contains("given up after 2 s (Connection refused", failed.Message);
        Assert.DoesNotContain('\n', failed.Message);
    }

    [Fact]
    public async Task Given_a_write_waits_for_an_answer_when_cancelled_then_it_is_a_cancellation()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "before");
        string? etag = state.ETag;
        using var cancel = new CancellationTokenSource();
        _azurite.Pause();
        _hook.Arm(RequestMethod.Put, before: (_, _) =>
        {
            cancel.CancelAfter(TimeSpan.FromMilliseconds(100));
            return ValueTask.CompletedTask;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => running.Storage.WriteStateAsync("mask", Grain, state, cancel.Token));

        _azurite.Resume();
        Assert.Equal(etag, state.ETag);
    }

    [Fact]
    public async Task Given_the_service_is_not_there_yet_when_the_silo_starts_then_it_waits_for_it()
    {
        await _azurite.StopAsync();
        _hook.Arm(RequestMethod.Put, before: async (request, _) =>
        {
            if (request == 3) await _azurite.StartAsync(Cancellation);
        });

        await using RunningStorage running = await StartAsync(o => o.StartTimeout = TimeSpan.FromMinutes(2));

        Assert.True(_hook.Requests >= 3);
        await running.InsertAsync(Grain, "stored");
    }

    [Fact]
    public async Task Given_an_account_that_cannot_be_reached_when_the_silo_starts_then_one_line_says_so_without_the_key()
    {
        await _azurite.StopAsync();

        GrainStorageIOException refused = await Assert.ThrowsAsync<GrainStorageIOException>(
            async () => await StartAsync(o => o.StartTimeout = TimeSpan.FromSeconds(1)));

        Assert.StartsWith(
            $"cannot open storage container {_container.Name} at http://127.0.0.1:{_azurite.Port}/devstoreaccount1: ",
            refused.Message);
        Assert.Contains("Connection refused", refused.Message);
        Assert.Contains("gave up after 1 s", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.DoesNotContain(AzuriteServer.AccountKey, refused.ToString());
    }

    [Fact]
    public async Task Given_a_wrong_key_when_the_silo_starts_then_it_fails_at_once_and_does_not_repeat_the_key()
    {
        string wrong = Convert.ToBase64String("not the key of this account"u8);
        _hook.Arm(RequestMethod.Put);

        GrainStorageIOException refused = await Assert.ThrowsAsync<GrainStorageIOException>(async () => await StartAsync(
            o => o.ConnectionString = _azurite.ConnectionString.Replace(AzuriteServer.AccountKey, wrong)));

        Assert.Equal(1, _hook.Requests);
        Assert.Contains("HTTP 403", refused.Message);
        Assert.Contains("check the address, the name and the key of the storage account", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.DoesNotContain(wrong, refused.ToString());
    }

    private ValueTask<RunningStorage> StartAsync(Action<BlobGrainStorageOptions>? configure = null) =>
        _container.StartAsync(configure: options =>
        {
            _hook.Install(options);
            configure?.Invoke(options);
        });
}
