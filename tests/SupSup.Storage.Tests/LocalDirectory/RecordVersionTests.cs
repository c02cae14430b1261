namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>Records of both format versions in one directory.</summary>
public sealed class RecordVersionTests(OrleansSerialization serialization) : IDisposable
{
    private const int VersionAt = 8;

    private static readonly GrainId Grain = GrainId.Create("task", "permuted/12"), Other = GrainId.Create("task", "permuted/13");

    private readonly TemporaryStore _store = new(serialization);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task Given_a_record_of_one_version_when_written_under_the_other_then_it_is_read_before_and_after(int before, int after)
    {
        await using (RunningStorage first = await _store.StartAsync(new(RecordVersion: before))) await first.InsertAsync(Grain, "first");
        Assert.Equal(before, (await File.ReadAllBytesAsync(_store.FileOf(Grain), Stop))[VersionAt]);
        await using RunningStorage second = await _store.StartAsync(new(RecordVersion: after));

        SampleRecord read = await second.ReadAsync(Grain);
        Assert.Equal("first", read.State.Text);
        read.State.Text = "second";
        await second.WriteAsync(Grain, read);

        Assert.Equal(after, (await File.ReadAllBytesAsync(_store.FileOf(Grain), Stop))[VersionAt]);
        Assert.Equal("second", (await second.ReadAsync(Grain)).State.Text);
        await second.ClearAsync(Grain, read);
        Assert.False((await second.ReadAsync(Grain)).RecordExists);
    }

    [Fact]
    public async Task Given_another_grains_record_in_the_place_of_one_when_read_written_or_cleared_then_it_is_named_and_stays()
    {
        await using RunningStorage running = await _store.StartAsync();
        await running.InsertAsync(Grain, "replaced");
        SampleRecord other = await running.InsertAsync(Other, "copied");
        File.Copy(_store.FileOf(Other), _store.FileOf(Grain), overwrite: true);
        byte[] copied = await File.ReadAllBytesAsync(_store.FileOf(Grain), Stop);

        foreach (Func<Task> act in new[]
        {
            async () => await running.ReadAsync(Grain),
            () => running.WriteAsync(Grain, new SampleRecord(new SampleState(), other.ETag)),
            () => running.ClearAsync(Grain, new SampleRecord(new SampleState(), other.ETag) { RecordExists = true }),
        })
        {
            DamagedGrainStateException refused = await Assert.ThrowsAsync<DamagedGrainStateException>(act);
            Assert.Contains("it is the record mask-task/permuted/13.json, which was put in this one's place", refused.Message);
            Assert.Contains(_store.FileOf(Grain), refused.Message);
        }

        Assert.Equal(copied, await File.ReadAllBytesAsync(_store.FileOf(Grain), Stop));
        Assert.Equal("copied", (await running.ReadAsync(Other)).State.Text);
    }

    [Fact]
    public async Task Given_a_tombstone_of_another_grain_in_the_place_of_a_record_when_read_then_it_is_damaged()
    {
        await using RunningStorage running = await _store.StartAsync(new(DeleteStateOnClear: false));
        await running.InsertAsync(Grain, "replaced");
        await running.ClearAsync(Other, await running.InsertAsync(Other, "cleared"));
        File.Copy(_store.FileOf(Other), _store.FileOf(Grain), overwrite: true);

        await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await running.ReadAsync(Grain));
        Assert.False((await running.ReadAsync(Other)).RecordExists);
    }

    [Fact]
    public async Task Given_a_later_version_when_read_then_it_is_refused_and_named()
    {
        await using RunningStorage running = await _store.StartAsync();
        await running.InsertAsync(Grain, "whole");
        byte[] later = await File.ReadAllBytesAsync(_store.FileOf(Grain), Stop);
        later[VersionAt] = 3;
        System.IO.Hashing.XxHash64.Hash(later.AsSpan(0, 56)).AsSpan().CopyTo(later.AsSpan(56));
        later.AsSpan(56, 8).Reverse();
        await File.WriteAllBytesAsync(_store.FileOf(Grain), later, Stop);

        DamagedGrainStateException refused =
            await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await running.ReadAsync(Grain));

        Assert.Contains("format version 3, and this release reads versions 1 to 2", refused.Message);
    }
}
