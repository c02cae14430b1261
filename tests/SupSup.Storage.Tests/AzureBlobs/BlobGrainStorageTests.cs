using System.Security.Cryptography;
using Azure.Storage.Blobs.Models;
using Orleans.Storage;
using SupSup.Storage.AzureBlobs;
using SupSup.Storage.Tests.LocalDirectory;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>The common behaviour, on Azure Blobs, and what the official provider's layout adds to it.</summary>
public sealed class BlobGrainStorageTests(OrleansSerialization serialization, AzuriteFixture azurite)
    : GrainStorageConformanceTests
{
    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);

    /// <summary>Keys that an address cannot hold as they are, or that a client or the service may alter.</summary>
    public static TheoryData<string> HostileKeys =>
    [
        "/", "//", "a//b", "/leading", "trailing/", ".", "...", "../..", "../../../other/escaped", "a/../b", "a/./b",
        "a", "a.", "a./b", "a/b", "a.json", "a.json/b", "%", "%~", "%~x", "a%", "%2E", "a%5Cb", "a\\b", "nul\0",
        "new\nline", "\u007f\u0085", "\uE000", "\uFFFF", "\uFFFD", "\u200e\u202e", "e\u0301", "\u00e9", "A", "A/B",
        "a b", "a+b", "?", "#", "a?b", "a#b", ";", "a|b", new string('x', 5000), new string('x', 5001),
        new string('ж', 2000), new string('ж', 900), new string('字', 900),
        string.Concat(Enumerable.Repeat("🦊", 450)), string.Concat(Enumerable.Repeat("a/", 2000)),
        string.Concat(Enumerable.Repeat("a/", 240)), new string('/', 3000), new string('/', 200),
    ];

    protected override ValueTask<RunningStorage> StartAsync(StorageSettings settings) => _container.StartAsync(settings);

    private static GrainId Grain(string key) => GrainId.Create("task", key);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Given_hostile_keys_when_written_and_read_then_each_holds_its_own_state_within_the_container()
    {
        await using RunningStorage running = await _container.StartAsync();
        string[] keys = [.. HostileKeys.Select(row => row.Data)];

        foreach (string key in keys) await running.InsertAsync(Grain(key), key);

        foreach (string key in keys) Assert.Equal(key, (await running.ReadAsync(Grain(key))).State.Text);
        List<string> names = [];
        await foreach (BlobItem blob in _container.Client.GetBlobsAsync(cancellationToken: Cancellation))
            names.Add(blob.Name);
        Assert.Equal(
            keys.Select(key => BlobNaming.BlobName("mask", Grain(key))).Order(StringComparer.Ordinal),
            names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Given_a_write_when_the_blob_is_looked_at_then_it_is_as_the_official_provider_writes_it()
    {
        await using RunningStorage running = await _container.StartAsync();
        SampleRecord written = await running.InsertAsync(Grain("permuted/12"), "found");
        byte[] payload = serialization.StorageSerializer.Serialize(written.State).ToArray();

        var blob = _container.Client.GetBlobClient("mask-task/permuted/12.json");
        BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: Cancellation);

        Assert.Equal(payload, await _container.ContentOfAsync(Grain("permuted/12")));
        Assert.Equal("application/octet-stream", properties.ContentType);
        Assert.Equal(MD5.HashData(payload), properties.ContentHash);
        Assert.Equal(written.ETag, properties.ETag.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_blob_of_the_official_provider_when_used_then_it_is_a_record_as_any_other(bool hasHash)
    {
        await using RunningStorage running = await _container.StartAsync();
        await UploadAsOfficialAsync("theirs", hasHash);

        SampleRecord read = await running.ReadAsync(Grain("1"));
        Assert.Equal(("theirs", true), (read.State.Text, read.RecordExists));
        read.State.Text = "ours";
        await running.WriteAsync(Grain("1"), read);
        Assert.Equal("ours", (await running.ReadAsync(Grain("1"))).State.Text);
        await running.ClearAsync(Grain("1"), read);

        Assert.False(await _container.BlobOf(Grain("1")).ExistsAsync(Cancellation));
    }

    [Fact]
    public async Task Given_a_record_of_the_directory_provider_when_moved_as_the_documentation_says_then_it_is_read()
    {
        using var directory = new TemporaryStore(serialization);
        await using (RunningStorage running = await directory.StartAsync())
            await running.InsertAsync(Grain("permuted/Задача"), "moved");
        byte[] file = await File.ReadAllBytesAsync(directory.FileOf(Grain("permuted/Задача")), Cancellation);
        await using RunningStorage blobs = await _container.StartAsync();

        BinaryData payload = new(file[(64 + BitConverter.ToInt32(file, 12))..]);
        await _container.BlobOf(Grain("permuted/Задача")).UploadAsync(payload, Cancellation);

        SampleRecord read = await blobs.ReadAsync(Grain("permuted/Задача"));
        Assert.Equal(("moved", true), (read.State.Text, read.RecordExists));
    }

    [Fact]
    public async Task Given_an_empty_blob_when_read_then_it_is_a_tombstone_with_an_etag()
    {
        await using RunningStorage running = await _container.StartAsync();
        BlobContentInfo empty = await _container.BlobOf(Grain("1")).UploadAsync(BinaryData.Empty, Cancellation);

        SampleRecord read = await running.ReadAsync(Grain("1"));

        Assert.Equal(("", empty.ETag.ToString(), false), (read.State.Text, read.ETag, read.RecordExists));
        read.State.Text = "written over the tombstone";
        await running.WriteAsync(Grain("1"), read);
        Assert.True((await running.ReadAsync(Grain("1"))).RecordExists);
    }

    [Fact]
    public async Task Given_tombstones_are_kept_when_cleared_then_the_blob_is_empty()
    {
        await using RunningStorage running = await _container.StartAsync(new(DeleteStateOnClear: false));
        SampleRecord state = await running.InsertAsync(Grain("1"), "gone");

        await running.ClearAsync(Grain("1"), state);

        Assert.Empty(await _container.ContentOfAsync(Grain("1")));
    }

    [Fact]
    public async Task Given_a_record_deleted_by_another_when_cleared_or_written_with_its_etag_then_it_is_refused()
    {
        await using RunningStorage running = await _container.StartAsync();
        SampleRecord state = await running.InsertAsync(Grain("1"), "gone");
        string? etag = state.ETag;
        await _container.BlobOf(Grain("1")).DeleteAsync(cancellationToken: Cancellation);

        InconsistentStateException clear =
            await Assert.ThrowsAsync<InconsistentStateException>(() => running.ClearAsync(Grain("1"), state));
        InconsistentStateException write =
            await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain("1"), state));

        Assert.Equal((null, etag), (clear.StoredEtag, clear.CurrentEtag));
        Assert.Equal((null, etag), (write.StoredEtag, write.CurrentEtag));
        Assert.Equal(("gone", etag), (state.State.Text, state.ETag));
    }

    [Fact]
    public async Task Given_a_refused_write_when_caught_then_the_message_names_the_blob_and_both_etags()
    {
        await using RunningStorage running = await _container.StartAsync();
        SampleRecord stored = await running.InsertAsync(Grain("1"), "stored");
        var stale = new SampleRecord(new SampleState(), "stale");

        InconsistentStateException refused =
            await Assert.ThrowsAsync<InconsistentStateException>(() => running.WriteAsync(Grain("1"), stale));

        Assert.Contains($"mask-task/1.json in container {_container.Name}", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal((stored.ETag, "stale"), (refused.StoredEtag, refused.CurrentEtag));
        Assert.Null(refused.InnerException);
    }

    [Fact]
    public async Task Given_two_silos_on_one_container_when_both_write_then_each_sees_the_others_state()
    {
        await using RunningStorage first = await _container.StartAsync();
        await using RunningStorage second = await _container.StartAsync();
        SampleRecord state = await first.InsertAsync(Grain("1"), "of the first");

        SampleRecord read = await second.ReadAsync(Grain("1"));
        read.State.Text = "of the second";
        await second.WriteAsync(Grain("1"), read);

        Assert.Equal("of the second", (await first.ReadAsync(Grain("1"))).State.Text);
        await Assert.ThrowsAsync<InconsistentStateException>(() => first.WriteAsync(Grain("1"), state));
    }

    /// <summary>Plain bytes without this provider's metadata; Azure adds a hash by itself, other services may not.</summary>
    private async Task UploadAsOfficialAsync(string text, bool hasHash)
    {
        var blob = _container.BlobOf(Grain("1"));
        await blob.UploadAsync(
            serialization.StorageSerializer.Serialize(new SampleState { Text = text }),
            new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/octet-stream" } },
            Cancellation);
        if (hasHash) return;

        await blob.SetHttpHeadersAsync(
            new BlobHttpHeaders { ContentType = "application/octet-stream" }, cancellationToken: Cancellation);
        BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: Cancellation);
        Assert.True(properties.ContentHash is null or { Length: 0 });
    }
}
