using Orleans.Storage;

namespace SupSup.Storage.Tests;

/// <content>Clearing a state, with and without tombstones.</content>
public abstract partial class GrainStorageConformanceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_newer_record_when_cleared_with_a_stale_etag_then_it_is_refused_and_stays(bool deletes)
    {
        await using RunningStorage running = await StartAsync(new(DeleteStateOnClear: deletes));
        SampleRecord newer = await running.InsertAsync(Grain("1"), "old");
        SampleRecord stale = await running.ReadAsync(Grain("1"));
        await running.WriteAsync(Grain("1"), newer);
        string? staleTag = stale.ETag;

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.ClearAsync(Grain("1"), stale));

        Assert.Equal(("old", staleTag, true), (stale.State.Text, stale.ETag, stale.RecordExists));
        await AssertIntactAsync(running, Grain("1"), "old", newer.ETag);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_record_when_cleared_with_no_etag_then_it_is_refused_and_stays(bool deletes)
    {
        await using RunningStorage running = await StartAsync(new(DeleteStateOnClear: deletes));
        SampleRecord written = await running.InsertAsync(Grain("1"), "kept");

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => running.ClearAsync(Grain("1"), new SampleRecord(new SampleState())));

        await AssertIntactAsync(running, Grain("1"), "kept", written.ETag);
    }

    [Fact]
    public async Task Given_a_record_cleared_by_another_when_written_with_its_old_etag_then_it_is_refused()
    {
        await using RunningStorage running = await StartAsync(new());
        SampleRecord written = await running.InsertAsync(Grain("1"), "gone");
        await running.ClearAsync(Grain("1"), await running.ReadAsync(Grain("1")));

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain("1"), written));

        Assert.False((await running.ReadAsync(Grain("1"))).RecordExists);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_cleared_state_when_written_again_then_it_is_stored(bool deletes)
    {
        await using RunningStorage running = await StartAsync(new(DeleteStateOnClear: deletes));
        SampleRecord state = await running.InsertAsync(Grain("1"), "first");
        string? firstTag = state.ETag;

        await running.ClearAsync(Grain("1"), state);
        Assert.Equal(("", false), (state.State.Text, state.RecordExists));
        state.State.Text = "second";
        await running.WriteAsync(Grain("1"), state);

        Assert.NotEqual(firstTag, state.ETag);
        await AssertIntactAsync(running, Grain("1"), "second", state.ETag);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_cleared_state_when_cleared_again_then_nothing_happens(bool deletes)
    {
        await using RunningStorage running = await StartAsync(new(DeleteStateOnClear: deletes));
        SampleRecord state = await running.InsertAsync(Grain("1"), "first");

        for (int time = 0; time < 3; time++) await running.ClearAsync(Grain("1"), state);

        Assert.False(state.RecordExists);
        Assert.Equal(deletes, state.ETag is null);
        Assert.False((await running.ReadAsync(Grain("1"))).RecordExists);
    }

    [Fact]
    public async Task Given_nothing_stored_when_cleared_then_nothing_happens()
    {
        await using RunningStorage running = await StartAsync(new());
        var state = new SampleRecord(new SampleState { Text = "never stored" });

        await running.ClearAsync(Grain("1"), state);

        Assert.Equal(("", null, false), (state.State.Text, state.ETag, state.RecordExists));
    }

    [Fact]
    public async Task Given_tombstones_are_kept_when_cleared_then_the_etag_lives_on_and_guards_the_record()
    {
        await using RunningStorage running = await StartAsync(new(DeleteStateOnClear: false));
        SampleRecord state = await running.InsertAsync(Grain("1"), "first");
        string? liveTag = state.ETag;

        await running.ClearAsync(Grain("1"), state);
        SampleRecord read = await running.ReadAsync(Grain("1"));

        Assert.NotEqual(liveTag, state.ETag);
        Assert.Equal(("", state.ETag, false), (read.State.Text, read.ETag, read.RecordExists));
        await Assert.ThrowsAsync<InconsistentStateException>(
            async () => await running.InsertAsync(Grain("1"), "blind"));
        read.State.Text = "second";
        await running.WriteAsync(Grain("1"), read);
        await AssertIntactAsync(running, Grain("1"), "second", read.ETag);
    }
}
