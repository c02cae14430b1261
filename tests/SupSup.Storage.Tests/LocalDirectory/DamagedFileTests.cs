using Orleans.Storage;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>A file that is not what was written is named, and neither read nor replaced.</summary>
public sealed class DamagedFileTests(OrleansSerialization serialization) : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("task", "permuted/12");

    private readonly TemporaryStore _store = new(serialization);

    public void Dispose() => _store.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Damages => new()
    {
        { "zero-length", "it is empty" },
        { "cut in header", "cut short within its header" },
        { "cut in payload", "bytes of payload where its header says" },
        { "grown", "bytes of payload where its header says" },
        { "other file", "does not begin as a grain state file does" },
        { "etag bit", "checksum of its header" },
        { "length bit", "checksum of its header" },
        { "first payload bit", "checksum of its payload" },
        { "last payload bit", "checksum of its payload" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Given_a_damaged_file_when_read_then_one_line_names_it_and_the_state_is_left_alone(
        string damage, string problem)
    {
        await using RunningStorage running = await _store.StartAsync();
        await running.InsertAsync(Grain, "whole");
        Damage(damage);
        byte[] damaged = await File.ReadAllBytesAsync(_store.FileOf(Grain), Cancellation);
        var before = new SampleState { Text = "before" };
        var state = new SampleRecord(before, "tag-before") { RecordExists = true };

        DamagedGrainStateException refused = await Assert.ThrowsAsync<DamagedGrainStateException>(
            () => running.Storage.ReadStateAsync("mask", Grain, state, Cancellation));

        Assert.Contains(problem, refused.Message);
        Assert.Contains(_store.FileOf(Grain), refused.Message);
        Assert.Contains("restore the file from a backup, or delete it", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Same(before, state.State);
        Assert.Equal(("tag-before", true), (state.ETag, state.RecordExists));
        Assert.Equal(damaged, await File.ReadAllBytesAsync(_store.FileOf(Grain), Cancellation));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Given_a_damaged_file_when_inserted_over_or_cleared_blindly_then_it_is_refused_and_stays(
        string damage, string problem)
    {
        Assert.NotEmpty(problem);
        await using RunningStorage running = await _store.StartAsync();
        await running.InsertAsync(Grain, "whole");
        Damage(damage);
        byte[] damaged = await File.ReadAllBytesAsync(_store.FileOf(Grain), Cancellation);

        // Where the ETag can still be read, the refusal is that of any other record in the way.
        Exception? insert = await Record.ExceptionAsync(async () => await running.InsertAsync(Grain, "new"));
        Exception? clear = await Record.ExceptionAsync(
            () => running.ClearAsync(Grain, new SampleRecord(new SampleState())));

        Assert.True(insert is DamagedGrainStateException or InconsistentStateException, insert?.ToString());
        Assert.True(clear is DamagedGrainStateException or InconsistentStateException, clear?.ToString());
        Assert.Equal(damaged, await File.ReadAllBytesAsync(_store.FileOf(Grain), Cancellation));
    }

    [Fact]
    public async Task Given_any_single_bit_of_a_file_flipped_when_read_then_it_is_noticed()
    {
        await using RunningStorage running = await _store.StartAsync();
        await running.InsertAsync(Grain, "whole");
        byte[] whole = await File.ReadAllBytesAsync(_store.FileOf(Grain), Cancellation);

        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(_store.FileOf(Grain), flipped, Cancellation);
            await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await running.ReadAsync(Grain));
        }
    }

    [Fact]
    public async Task Given_a_damaged_file_when_deleted_as_advised_then_the_record_is_forgotten()
    {
        await using RunningStorage running = await _store.StartAsync();
        await running.InsertAsync(Grain, "whole");
        Damage("zero-length");

        File.Delete(_store.FileOf(Grain));

        Assert.False((await running.ReadAsync(Grain)).RecordExists);
        await running.InsertAsync(Grain, "anew");
    }

    [Fact]
    public async Task Given_a_payload_that_does_not_deserialise_when_read_then_one_line_says_why()
    {
        var serializer = new RawBytesSerializer { RefusesToDeserialize = true };
        await using RunningStorage running = await _store.StartAsync(new(Serializer: serializer));
        await running.WriteAsync(Grain, new SampleRecord(new SampleState { Mask = [1] }));

        DamagedGrainStateException refused =
            await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await running.ReadAsync(Grain));

        Assert.Contains("does not deserialise as SampleState (no such field)", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Given_the_exceptions_when_sent_between_silos_then_they_arrive_whole()
    {
        var damaged = new DamagedGrainStateException("file", "/a/b.json", "it is empty");
        var refused = new GrainStorageIOException("cannot write /a", "/a", new IOException("full"));
        var taken = new StorageDirectoryInUseException("/a", "pid 1 on host");

        DamagedGrainStateException damagedCopy = Sent(damaged);
        GrainStorageIOException refusedCopy = Sent(refused);
        StorageDirectoryInUseException takenCopy = Sent(taken);

        Assert.Equal((damaged.Message, damaged.Location, damaged.Problem),
            (damagedCopy.Message, damagedCopy.Location, damagedCopy.Problem));
        Assert.Equal((refused.Message, "/a"), (refusedCopy.Message, refusedCopy.Location));
        Assert.Equal("full", refusedCopy.InnerException?.Message);
        Assert.Equal((taken.Message, "/a", "pid 1 on host"),
            (takenCopy.Message, takenCopy.Directory, takenCopy.Holder));
    }

    private T Sent<T>(T exception)
        where T : Exception
    {
        byte[] bytes = serialization.Serializer.SerializeToArray<Exception>(exception);
        return (T)serialization.Serializer.Deserialize<Exception>(bytes)!;
    }

    private void Damage(string damage)
    {
        string path = _store.FileOf(Grain);
        byte[] bytes = File.ReadAllBytes(path);
        byte[] damaged = damage switch
        {
            "zero-length" => [],
            "cut in header" => bytes[..63],
            "cut in payload" => bytes[..^1],
            "grown" => [.. bytes, 0],
            "other file" => [.. "{ \"json\": true }"u8, .. bytes],
            "etag bit" => Flipped(bytes, 16),
            "length bit" => Flipped(bytes, 32),
            "first payload bit" => Flipped(bytes, 64),
            "last payload bit" => Flipped(bytes, bytes.Length - 1),
            _ => throw new ArgumentOutOfRangeException(nameof(damage)),
        };
        File.WriteAllBytes(path, damaged);
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }
}
