using Azure.Core;
using Orleans.Storage;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>The service did as it was asked, but the answer got lost: the provider finds out.</summary>
public sealed class LostAnswerTests(OrleansSerialization serialization, AzuriteFixture azurite)
{
    private static readonly GrainId Grain = GrainId.Create("task", "permuted/12");

    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);
    private readonly RequestHook _hook = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_the_answer_of_an_insert_is_lost_when_repeated_then_it_counts_as_done()
    {
        await using RunningStorage running = await StartAsync();
        _hook.LoseAnswers(RequestMethod.Put);

        SampleRecord written = await running.InsertAsync(Grain, "first");

        Assert.Equal(2, _hook.Requests);
        await AssertStoredAsync(running, "first", written);
        written.State.Text = "second";
        await running.WriteAsync(Grain, written);
        await AssertStoredAsync(running, "second", written);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Given_answers_of_an_update_are_lost_when_repeated_then_it_counts_as_done(int answers)
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "first");
        _hook.LoseAnswers(RequestMethod.Put, answers);
        state.State.Text = "second";

        await running.WriteAsync(Grain, state);

        Assert.Equal(answers + 1, _hook.Requests);
        await AssertStoredAsync(running, "second", state);
    }

    [Fact]
    public async Task Given_the_answer_of_a_clear_is_lost_when_repeated_then_it_counts_as_done()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "first");
        _hook.LoseAnswers(RequestMethod.Delete);

        await running.ClearAsync(Grain, state);

        Assert.Equal(2, _hook.Requests);
        Assert.Equal(("", null, false), (state.State.Text, state.ETag, state.RecordExists));
        await running.InsertAsync(Grain, "anew");
    }

    [Fact]
    public async Task Given_the_answer_of_a_tombstone_is_lost_when_repeated_then_it_counts_as_done()
    {
        await using RunningStorage running = await StartAsync(new(DeleteStateOnClear: false));
        SampleRecord state = await running.InsertAsync(Grain, "first");
        _hook.LoseAnswers(RequestMethod.Put);

        await running.ClearAsync(Grain, state);

        Assert.Equal(2, _hook.Requests);
        Assert.Equal(state.ETag, (await running.ReadAsync(Grain)).ETag);
        Assert.False(state.RecordExists);
    }

    [Fact]
    public async Task Given_another_silo_wrote_meanwhile_when_repeated_then_it_is_refused_and_the_others_state_stays()
    {
        await using RunningStorage other = await _container.StartAsync();
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "first");
        string? etag = state.ETag;
        SampleRecord? theirs = null;
        _hook.LoseAnswers(RequestMethod.Put, then: async () =>
        {
            theirs = await other.ReadAsync(Grain);
            theirs.State.Text = "theirs";
            await other.WriteAsync(Grain, theirs);
        });
        state.State.Text = "ours";

        InconsistentStateException refused =
            await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain, state));

        Assert.Equal((theirs?.ETag, etag), (refused.StoredEtag, refused.CurrentEtag));
        await AssertStoredAsync(running, "theirs", theirs!);
    }

    [Fact]
    public async Task Given_a_stale_write_whose_refusal_is_lost_when_repeated_then_it_is_still_refused()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord newer = await running.InsertAsync(Grain, "newer");
        var stale = new SampleRecord(new SampleState { Text = "stale" }, "stale-tag");
        _hook.LoseAnswers(RequestMethod.Put);

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain, stale));

        await AssertStoredAsync(running, "newer", newer);
    }

    [Fact]
    public async Task Given_a_stale_clear_whose_refusal_is_lost_when_repeated_then_it_is_still_refused()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord newer = await running.InsertAsync(Grain, "newer");
        var stale = new SampleRecord(new SampleState { Text = "stale" }, "stale-tag");
        _hook.LoseAnswers(RequestMethod.Delete);

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.ClearAsync(Grain, stale));

        await AssertStoredAsync(running, "newer", newer);
    }

    [Fact]
    public async Task Given_every_answer_is_lost_when_written_then_one_line_says_that_the_outcome_is_not_known()
    {
        await using RunningStorage running = await StartAsync(maxRetries: 1);
        SampleRecord state = await running.InsertAsync(Grain, "first");
        string? etag = state.ETag;
        _hook.LoseAnswers(RequestMethod.Put, times: int.MaxValue);
        state.State.Text = "second";

        GrainStorageIOException failed =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));

        Assert.StartsWith(
            $"cannot write blob mask-task/permuted/12.json in container {_container.Name} at http://", failed.Message);
        Assert.EndsWith(": the answer was lost; whether it took place is not known", failed.Message);
        Assert.DoesNotContain('\n', failed.Message);
        Assert.Null(failed.InnerException);
        Assert.Equal(etag, state.ETag);
        Assert.Equal("second", (await running.ReadAsync(Grain)).State.Text);
        _hook.Arm(RequestMethod.Put);
        await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain, state));
    }

    [Fact]
    public async Task Given_the_answer_of_a_read_is_lost_when_repeated_then_it_is_read()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "first");
        _hook.LoseAnswers(RequestMethod.Get);

        await AssertStoredAsync(running, "first", state);

        Assert.Equal(2, _hook.Requests);
    }

    [Fact]
    public async Task Given_a_download_breaks_when_resumed_then_the_whole_of_it_is_read()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await InsertMegabyteAsync(running);
        BreakFirstDownload();

        SampleRecord read = await running.ReadAsync(Grain);

        Assert.Equal(2, _hook.Requests);
        Assert.True(state.State.Mask.AsSpan().SequenceEqual(read.State.Mask));
    }

    [Fact]
    public async Task Given_a_download_breaks_and_the_blob_is_replaced_when_resumed_then_what_is_read_is_of_one_version()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await InsertMegabyteAsync(running);
        BreakFirstDownload(then: async () =>
        {
            Array.Fill(state.State.Mask, (byte)2);
            await running.WriteAsync(Grain, state);
        });

        SampleRecord read = await running.ReadAsync(Grain);

        Assert.Equal(3, _hook.Requests);
        Assert.Equal(state.ETag, read.ETag);
        Assert.Equal(1_000_000, read.State.Mask.Length);
        Assert.DoesNotContain((byte)1, read.State.Mask);
    }

    [Fact]
    public async Task Given_the_container_disappeared_when_used_then_it_does_not_pass_for_an_empty_one()
    {
        await using RunningStorage running = await StartAsync();
        SampleRecord state = await running.InsertAsync(Grain, "first");
        await _container.Client.DeleteAsync(cancellationToken: Cancellation);

        GrainStorageIOException read =
            await Assert.ThrowsAsync<GrainStorageIOException>(async () => await running.ReadAsync(Grain));
        GrainStorageIOException write =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.WriteAsync(Grain, state));
        GrainStorageIOException clear =
            await Assert.ThrowsAsync<GrainStorageIOException>(() => running.ClearAsync(Grain, state));

        Assert.Contains("HTTP 404 ContainerNotFound", read.Message);
        Assert.EndsWith("nothing was changed", write.Message);
        Assert.EndsWith("nothing was changed", clear.Message);
        Assert.All([read, write, clear], e => Assert.DoesNotContain('\n', e.Message));
    }

    private ValueTask<RunningStorage> StartAsync(StorageSettings? settings = null, int? maxRetries = null) =>
        _container.StartAsync(settings, options =>
        {
            _hook.Install(options);
            options.MaxRetries = maxRetries ?? options.MaxRetries;
        });

    private static async Task<SampleRecord> InsertMegabyteAsync(RunningStorage running)
    {
        var state = new SampleRecord(new SampleState { Mask = new byte[1_000_000] });
        Array.Fill(state.State.Mask, (byte)1);
        await running.WriteAsync(Grain, state);
        return state;
    }

    private void BreakFirstDownload(Func<ValueTask>? then = null) => _hook.Arm(
        RequestMethod.Get,
        after: (request, message) =>
        {
            if (request == 1)
                message.Response.ContentStream = new BreakingStream(message.Response.ContentStream!, 1000, then);
            return ValueTask.CompletedTask;
        });

    private static async Task AssertStoredAsync(RunningStorage running, string text, SampleRecord expected)
    {
        SampleRecord read = await running.ReadAsync(Grain);
        Assert.Equal((text, expected.ETag, true), (read.State.Text, read.ETag, read.RecordExists));
    }
}
