using Orleans.Storage;

namespace SupSup.Storage.Tests;

/// <summary>
/// What every storage provider of this project does, whatever it stands on. A provider's own test class derives from
/// this one and says how to start it.
/// </summary>
public abstract partial class GrainStorageConformanceTests
{
    /// <summary>Keys that every provider holds. What only some of them hold is tested there.</summary>
    public static TheoryData<string> UnusualKeys =>
    [
        "задача/Перестановка", "日本語", "🦊", "12", "-7", "permuted/12", "a/b/c/d/e", "..", "a..b", "100%", "%2F", "a%2Fb",
        "two words", " led and trailed ", "x.json", "a+b&c=d?e#f", "back\\slash", "quote\"'", "Case", "case",
        "00000000000000000000000000000001", new string('x', 700), new string('ж', 300),
    ];

    /// <summary>Starts the provider. Stopped and started again within one test, it finds the same data.</summary>
    protected abstract ValueTask<RunningStorage> StartAsync(StorageSettings settings);

    /// <summary>How many write one record at once.</summary>
    protected virtual int Writers => 50;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static GrainId Grain(string key) => GrainId.Create("task", key);

    [Fact]
    public async Task Given_nothing_stored_when_read_then_stale_state_is_reset()
    {
        await using RunningStorage running = await StartAsync(new());
        var stale = new SampleRecord(new SampleState { Text = "stale" }, "stale-tag") { RecordExists = true };

        await running.Storage.ReadStateAsync("mask", Grain("missing"), stale, Cancellation);

        Assert.Equal("", stale.State.Text);
        Assert.Null(stale.ETag);
        Assert.False(stale.RecordExists);
    }

    [Fact]
    public async Task Given_a_write_when_read_then_the_state_and_its_etag_come_back()
    {
        await using RunningStorage running = await StartAsync(new());
        var written = new SampleRecord(new SampleState { Text = "тест", Number = -1, Mask = [0, 255, 7] });

        await running.WriteAsync(Grain("1"), written);
        SampleRecord read = await running.ReadAsync(Grain("1"));

        Assert.True(written.RecordExists);
        Assert.False(string.IsNullOrEmpty(written.ETag));
        Assert.Equal(("тест", -1L), (read.State.Text, read.State.Number));
        Assert.Equal([0, 255, 7], read.State.Mask);
        Assert.Equal(written.ETag, read.ETag);
        Assert.True(read.RecordExists);
    }

    [Fact]
    public async Task Given_a_write_when_the_provider_is_started_again_then_the_state_is_still_there()
    {
        await using (RunningStorage first = await StartAsync(new()))
            await first.InsertAsync(Grain("1"), "kept");

        await using RunningStorage second = await StartAsync(new());
        SampleRecord read = await second.ReadAsync(Grain("1"));

        Assert.Equal("kept", read.State.Text);
        read.State.Text = "changed";
        await second.WriteAsync(Grain("1"), read);
    }

    [Theory]
    [MemberData(nameof(UnusualKeys))]
    public async Task Given_an_unusual_key_when_written_read_and_cleared_then_it_works_as_any_other(string key)
    {
        await using RunningStorage running = await StartAsync(new());

        SampleRecord written = await running.InsertAsync(Grain(key), key);
        SampleRecord read = await running.ReadAsync(Grain(key));
        await running.ClearAsync(Grain(key), written);
        SampleRecord cleared = await running.ReadAsync(Grain(key));

        Assert.Equal(key, read.State.Text);
        Assert.False(cleared.RecordExists);
    }

    [Fact]
    public async Task Given_all_unusual_keys_at_once_when_read_then_each_holds_its_own_state()
    {
        await using RunningStorage running = await StartAsync(new());
        string[] keys = [.. UnusualKeys.Select(row => row.Data)];

        foreach (string key in keys) await running.InsertAsync(Grain(key), key);

        foreach (string key in keys) Assert.Equal(key, (await running.ReadAsync(Grain(key))).State.Text);
    }

    [Fact]
    public async Task Given_a_record_when_inserted_again_then_it_is_refused_and_the_first_stays()
    {
        await using RunningStorage running = await StartAsync(new());
        SampleRecord first = await running.InsertAsync(Grain("1"), "first");
        var second = new SampleRecord(new SampleState { Text = "second" });

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain("1"), second));

        Assert.Equal(("second", null, false), (second.State.Text, second.ETag, second.RecordExists));
        await AssertIntactAsync(running, Grain("1"), "first", first.ETag);
    }

    [Fact]
    public async Task Given_a_newer_record_when_a_stale_one_is_written_then_it_is_refused_and_the_newer_stays()
    {
        await using RunningStorage running = await StartAsync(new());
        SampleRecord newer = await running.InsertAsync(Grain("1"), "old");
        SampleRecord stale = await running.ReadAsync(Grain("1"));
        newer.State.Text = "newer";
        await running.WriteAsync(Grain("1"), newer);
        string? staleTag = stale.ETag;

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain("1"), stale));

        Assert.Equal(staleTag, stale.ETag);
        await AssertIntactAsync(running, Grain("1"), "newer", newer.ETag);
    }

    [Fact]
    public async Task Given_a_record_when_the_same_value_is_written_then_the_etag_changes()
    {
        await using RunningStorage running = await StartAsync(new());
        SampleRecord state = await running.InsertAsync(Grain("1"), "same");
        var tags = new HashSet<string?> { state.ETag };

        for (int time = 0; time < 5; time++)
        {
            await running.WriteAsync(Grain("1"), state);
            Assert.True(tags.Add(state.ETag));
        }
    }

    [Fact]
    public async Task Given_two_states_and_two_types_under_one_key_when_one_changes_then_the_others_do_not()
    {
        await using RunningStorage running = await StartAsync(new());
        GrainId task = Grain("1"), shard = GrainId.Create("shard", "1");
        SampleRecord mask = await running.InsertAsync(task, "mask");
        SampleRecord metadata = await running.InsertAsync(task, "metadata", "metadata");
        SampleRecord other = await running.InsertAsync(shard, "other");

        await running.ClearAsync(task, mask);

        Assert.False((await running.ReadAsync(task)).RecordExists);
        Assert.Equal(metadata.ETag, (await running.ReadAsync(task, "metadata")).ETag);
        await AssertIntactAsync(running, shard, "other", other.ETag);
    }

    [Fact]
    public async Task Given_a_hundred_grains_when_they_write_and_read_in_parallel_then_each_finds_its_own()
    {
        await using RunningStorage running = await StartAsync(new());

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async index =>
        {
            GrainId grain = Grain($"permuted/{index}");
            SampleRecord state = await running.InsertAsync(grain, "first");
            state.State.Number = index;
            await running.WriteAsync(grain, state);
            Assert.Equal(index, (await running.ReadAsync(grain)).State.Number);
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4096)]
    [InlineData(3_000_001)]
    public async Task Given_a_payload_when_read_then_it_is_exactly_the_serializers_bytes(int length)
    {
        var serializer = new RawBytesSerializer();
        await using RunningStorage running = await StartAsync(new(Serializer: serializer));
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);

        await running.WriteAsync(Grain("1"), new SampleRecord(new SampleState { Mask = payload }));
        await running.ReadAsync(Grain("1"));

        Assert.True(payload.AsSpan().SequenceEqual(serializer.LastRead));
    }

    [Fact]
    public async Task Given_an_empty_payload_when_read_then_it_counts_as_no_record_with_an_etag()
    {
        await using RunningStorage running = await StartAsync(new(Serializer: new RawBytesSerializer()));
        var written = new SampleRecord(new SampleState());

        await running.WriteAsync(Grain("1"), written);
        SampleRecord read = await running.ReadAsync(Grain("1"));

        Assert.Equal((written.ETag, false), (read.ETag, read.RecordExists));
    }

    [Fact]
    public async Task Given_a_payload_that_does_not_deserialise_when_read_then_the_grain_state_is_left_as_it_was()
    {
        var serializer = new RawBytesSerializer();
        await using RunningStorage running = await StartAsync(new(Serializer: serializer));
        await running.WriteAsync(Grain("1"), new SampleRecord(new SampleState { Mask = [1, 2, 3] }));
        var before = new SampleState { Text = "before" };
        var state = new SampleRecord(before, "tag-before") { RecordExists = true };
        serializer.RefusesToDeserialize = true;

        await Assert.ThrowsAnyAsync<Exception>(
            () => running.Storage.ReadStateAsync("mask", Grain("1"), state, Cancellation));

        Assert.Same(before, state.State);
        Assert.Equal(("tag-before", true), (state.ETag, state.RecordExists));
        serializer.RefusesToDeserialize = false;
        Assert.Equal([1, 2, 3], (await running.ReadAsync(Grain("1"))).State.Mask);
    }

    private static async Task AssertIntactAsync(RunningStorage running, GrainId grain, string text, string? etag)
    {
        SampleRecord read = await running.ReadAsync(grain);
        Assert.Equal((text, etag, true), (read.State.Text, read.ETag, read.RecordExists));
    }

    [Fact]
    public async Task Given_many_writers_of_one_record_when_they_race_then_one_wins_for_each_etag()
    {
        await using RunningStorage running = await StartAsync(new());
        GrainId grain = Grain("contended");
        SampleRecord current = await running.InsertAsync(grain, "start");

        for (int round = 0; round < 3; round++)
        {
            string? etag = current.ETag;
            SampleRecord?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(async writer =>
            {
                var attempt = new SampleRecord(new SampleState { Number = writer }, etag);
                try
                {
                    await running.WriteAsync(grain, attempt);
                    return attempt;
                }
                catch (InconsistentStateException)
                {
                    return null;
                }
            }));

            SampleRecord winner = Assert.Single(outcomes.OfType<SampleRecord>());
            current = await running.ReadAsync(grain);
            Assert.Equal((winner.State.Number, winner.ETag), (current.State.Number, current.ETag));
        }
    }

    [Fact]
    public async Task Given_a_state_of_a_value_type_when_missing_then_no_record_exists()
    {
        await using RunningStorage running = await StartAsync(new());
        var state = new GrainState<int>(7);

        await running.Storage.ReadStateAsync("count", Grain("1"), state, Cancellation);

        Assert.Equal((0, false), (state.State, state.RecordExists));
    }

    [Fact]
    public async Task Given_a_cancelled_token_when_used_then_it_is_a_cancellation_and_nothing_is_stored()
    {
        await using RunningStorage running = await StartAsync(new());
        var state = new SampleRecord(new SampleState { Text = "never" });
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => running.Storage.WriteStateAsync("mask", Grain("1"), state, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => running.Storage.ReadStateAsync("mask", Grain("1"), state, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => running.Storage.ClearStateAsync("mask", Grain("1"), state, cancelled));

        Assert.Equal(("never", null), (state.State.Text, state.ETag));
        Assert.False((await running.ReadAsync(Grain("1"))).RecordExists);
    }
}
