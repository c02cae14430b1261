using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Orleans.Storage;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>A blob that is not what was written is named, and neither read nor replaced.</summary>
public sealed class DamagedBlobTests(OrleansSerialization serialization, AzuriteFixture azurite)
{
    private static readonly GrainId Grain = GrainId.Create("task", "permuted/12");

    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);

    public static TheoryData<string> Damages =>
        ["cut to nothing", "cut to half", "cut by a byte", "grown", "first bit", "last bit"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Given_a_damaged_blob_when_read_then_one_line_names_it_and_the_state_is_left_alone(string damage)
    {
        await using RunningStorage running = await _container.StartAsync();
        await running.InsertAsync(Grain, "whole");
        byte[] damaged = await DamageAsync(damage);
        var before = new SampleState { Text = "before" };
        var state = new SampleRecord(before, "tag-before") { RecordExists = true };

        DamagedGrainStateException refused = await Assert.ThrowsAsync<DamagedGrainStateException>(
            () => running.Storage.ReadStateAsync("mask", Grain, state, Cancellation));

        Assert.Contains($"the MD5 of its {damaged.Length} bytes is not the stored one", refused.Message);
        AssertNamesBlob(refused);
        Assert.Same(before, state.State);
        Assert.Equal(("tag-before", true), (state.ETag, state.RecordExists));
        Assert.Equal(damaged, await _container.ContentOfAsync(Grain));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Given_a_damaged_blob_when_inserted_over_or_cleared_blindly_then_it_is_refused_and_stays(string damage)
    {
        await using RunningStorage running = await _container.StartAsync();
        await running.InsertAsync(Grain, "whole");
        byte[] damaged = await DamageAsync(damage);

        await Assert.ThrowsAsync<InconsistentStateException>(async () => await running.InsertAsync(Grain, "new"));
        await Assert.ThrowsAsync<InconsistentStateException>(
            () => running.ClearAsync(Grain, new SampleRecord(new SampleState())));

        Assert.Equal(damaged, await _container.ContentOfAsync(Grain));
    }

    [Fact]
    public async Task Given_a_record_copied_to_another_ones_blob_when_read_then_one_line_names_it_and_it_is_not_read()
    {
        GrainId other = GrainId.Create("task", "permuted/13");
        await using RunningStorage running = await _container.StartAsync();
        await running.InsertAsync(Grain, "replaced");
        await running.InsertAsync(other, "copied");
        await _container.BlobOf(Grain).SyncCopyFromUriAsync(_container.BlobOf(other).Uri, cancellationToken: Cancellation);

        DamagedGrainStateException refused = await Assert.ThrowsAsync<DamagedGrainStateException>(
            async () => await running.ReadAsync(Grain));

        Assert.Contains("it is the record of another blob", refused.Message);
        AssertNamesBlob(refused);
        Assert.Equal("copied", (await running.ReadAsync(other)).State.Text);
    }

    [Fact]
    public async Task Given_a_damaged_blob_when_deleted_as_advised_then_the_record_is_forgotten()
    {
        await using RunningStorage running = await _container.StartAsync();
        await running.InsertAsync(Grain, "whole");
        await DamageAsync("cut to half");

        await _container.BlobOf(Grain).DeleteAsync(cancellationToken: Cancellation);

        Assert.False((await running.ReadAsync(Grain)).RecordExists);
        await running.InsertAsync(Grain, "anew");
    }

    [Fact]
    public async Task Given_a_blob_without_hash_that_is_cut_short_when_read_then_one_line_names_it()
    {
        await using RunningStorage running = await _container.StartAsync();
        BinaryData whole = serialization.StorageSerializer.Serialize(new SampleState { Text = "whole", Mask = new byte[99] });
        BlobClient blob = _container.BlobOf(Grain);
        await blob.UploadAsync(new BinaryData(whole.ToMemory()[..^50]), Cancellation);
        await blob.SetHttpHeadersAsync(new BlobHttpHeaders(), cancellationToken: Cancellation);

        DamagedGrainStateException refused =
            await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await running.ReadAsync(Grain));

        Assert.Contains("does not deserialise as SampleState", refused.Message);
        AssertNamesBlob(refused);
    }

    [Fact]
    public async Task Given_a_payload_that_does_not_deserialise_when_read_then_one_line_says_why()
    {
        var serializer = new RawBytesSerializer { RefusesToDeserialize = true };
        await using RunningStorage running = await _container.StartAsync(new(Serializer: serializer));
        await running.WriteAsync(Grain, new SampleRecord(new SampleState { Mask = [1] }));

        DamagedGrainStateException refused =
            await Assert.ThrowsAsync<DamagedGrainStateException>(async () => await running.ReadAsync(Grain));

        Assert.Contains("does not deserialise as SampleState (no such field)", refused.Message);
        AssertNamesBlob(refused);
    }

    private void AssertNamesBlob(DamagedGrainStateException refused)
    {
        Assert.StartsWith(
            $"cannot read grain state blob mask-task/permuted/12.json in container {_container.Name} at http://",
            refused.Message);
        Assert.EndsWith("restore the blob from a backup, or delete it to forget that record", refused.Message);
        Assert.Contains(refused.Location, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Null(refused.InnerException);
    }

    private Task<byte[]> DamageAsync(string damage) => _container.RotAsync(Grain, bytes => damage switch
    {
        "cut to nothing" => [],
        "cut to half" => bytes[..(bytes.Length / 2)],
        "cut by a byte" => bytes[..^1],
        "grown" => [.. bytes, 0],
        "first bit" => [(byte)(bytes[0] ^ 1), .. bytes[1..]],
        "last bit" => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)],
        _ => throw new ArgumentOutOfRangeException(nameof(damage)),
    });
}
