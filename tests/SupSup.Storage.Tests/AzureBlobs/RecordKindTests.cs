using Azure.Storage.Blobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>Every kind of record, in blobs.</summary>
public sealed class RecordKindTests(OrleansSerialization serialization, AzuriteFixture azurite) : Tests.RecordKindTests
{
    private readonly TemporaryContainer _container = new(serialization, azurite.ConnectionString);
    private readonly HashSet<RecordKind> _kept = [];

    protected override int Flips => 12;

    protected override ValueTask<RunningStorage> StartAsync() => _container.StartAsync();

    protected override async Task<byte[]> BytesAsync(RecordKind record)
    {
        if (_kept.Add(record)) await CopyAsync(_container.BlobOf(record.Grain, record.Name), Kept(record));
        return await _container.ContentOfAsync(record.Grain, record.Name);
    }

    protected override Task RotAsync(RecordKind record, byte[] bytes) => _container.RotAsync(record.Grain, _ => bytes, record.Name);

    protected override Task CopyAsync(RecordKind from, RecordKind to) => CopyAsync(Kept(from), _container.BlobOf(to.Grain, to.Name));

    // With its metadata, which rot leaves alone.
    protected override Task RestoreAsync(RecordKind record, byte[] bytes) => CopyAsync(record, record);

    private static async Task CopyAsync(BlobClient from, BlobClient to) =>
        await to.SyncCopyFromUriAsync(from.Uri, cancellationToken: Stop);

    private BlobClient Kept(RecordKind record) => _container.Client.GetBlobClient($"kept/{record}");
}
