using System.Text;
using Orleans.Storage;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>The common behaviour, on a local directory, and what such a directory adds to it.</summary>
public sealed class DirectoryGrainStorageTests(OrleansSerialization serialization)
    : GrainStorageConformanceTests, IDisposable
{
    private readonly TemporaryStore _store = new(serialization);

    /// <summary>Keys that blob storage has trouble with, and a file system would have.</summary>
    public static TheoryData<string> HostileKeys =>
    [
        "/", "//", "a//b", "/leading", "trailing/", ".", "...", "../..", "../../../../tmp/escaped", "a/../b", "a/./b",
        ".hidden", ".lock", ".tmp", "%", "%~", "a%", "%/x", "nul\0", "new\nline", "\u007f\u0085", "a", "a.json",
        "a.json/b", "a.json/b.json/c", "a/b", "A", "A/B", new string('x', 5000), new string('ж', 2000),
        string.Concat(Enumerable.Repeat("a/", 2000)), string.Concat(Enumerable.Repeat("%/", 900)),
        new string('/', 3000),
    ];

    protected override int Writers => 200;

    protected override ValueTask<RunningStorage> StartAsync(StorageSettings settings) => _store.StartAsync(settings);

    public void Dispose() => _store.Dispose();

    private static GrainId Grain(string key) => GrainId.Create("task", key);

    [Fact]
    public async Task Given_hostile_keys_when_written_and_read_then_each_holds_its_own_state_within_the_container()
    {
        await using RunningStorage running = await _store.StartAsync();
        string[] keys = [.. HostileKeys.Select(row => row.Data)];

        foreach (string key in keys) await running.InsertAsync(Grain(key), key);

        foreach (string key in keys) Assert.Equal(key, (await running.ReadAsync(Grain(key))).State.Text);
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        Assert.Equal(keys.Length, Directory.GetFiles(_store.Container, "*.json", all).Length);
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "mask-task/permuted/12.json")]
    public async Task Given_a_write_when_the_file_is_opened_then_name_and_payload_follow_a_header_of_64_bytes(int version, string name)
    {
        await using RunningStorage running = await _store.StartAsync(new(RecordVersion: version));
        SampleRecord written = await running.InsertAsync(Grain("permuted/12"), "found");

        byte[] file = await File.ReadAllBytesAsync(
            Path.Combine(_store.Root, "grainstate", "mask-task", "permuted", "12.json"),
            TestContext.Current.CancellationToken);

        Assert.Equal([.. Encoding.UTF8.GetBytes(name), .. serialization.StorageSerializer.Serialize(written.State).ToArray()], file[64..]);
        Assert.Equal((version, name.Length), (BitConverter.ToUInt16(file, 8), BitConverter.ToInt32(file, 12)));
    }

    [Fact]
    public async Task Given_a_write_when_its_file_and_folders_are_looked_at_then_they_are_their_owners_alone()
    {
        await using RunningStorage running = await _store.StartAsync();
        SampleRecord written = await running.InsertAsync(Grain("permuted/12"), "first");
        await running.WriteAsync(Grain("permuted/12"), written);
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        UnixFileMode[] files = [.. Directory.GetFiles(_store.Root, "*", all).Select(file => new FileInfo(file).UnixFileMode)];
        UnixFileMode[] folders = [.. Directory.GetDirectories(_store.Root, "*", all).Append(_store.Root)
            .Select(folder => new DirectoryInfo(folder).UnixFileMode)];
        if (OperatingSystem.IsWindows()) Assert.Skip("it has no such modes");
        Assert.Equal([UnixFileMode.UserRead | UnixFileMode.UserWrite], files.Distinct());
        Assert.Equal([UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute], folders.Distinct());
    }

    [Fact]
    public async Task Given_a_record_deleted_by_another_when_cleared_with_its_etag_then_it_is_refused()
    {
        await using RunningStorage running = await _store.StartAsync();
        SampleRecord state = await running.InsertAsync(Grain("1"), "gone");
        File.Delete(_store.FileOf(Grain("1")));

        await Assert.ThrowsAsync<InconsistentStateException>(() => running.ClearAsync(Grain("1"), state));
    }

    [Fact]
    public async Task Given_a_refused_write_when_caught_then_the_message_names_the_file_and_both_etags()
    {
        await using RunningStorage running = await _store.StartAsync();
        SampleRecord stored = await running.InsertAsync(Grain("1"), "stored");
        var stale = new SampleRecord(new SampleState(), "stale");

        InconsistentStateException refused =
            await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain("1"), stale));

        Assert.Contains(_store.FileOf(Grain("1")), refused.Message);
        Assert.Equal((stored.ETag, "stale"), (refused.StoredEtag, refused.CurrentEtag));
    }

    [Fact]
    public async Task Given_a_stopped_provider_when_used_then_it_says_so()
    {
        RunningStorage running = await _store.StartAsync();
        await running.DisposeAsync();

        InvalidOperationException refused =
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await running.ReadAsync(Grain("1")));

        Assert.Contains("after it stopped", refused.Message);
    }
}
