namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>Every kind of record, in files of the latest version.</summary>
public class RecordKindTests(OrleansSerialization serialization) : Tests.RecordKindTests, IDisposable
{
    private readonly TemporaryStore _store = new(serialization);

    protected override int Flips => 200;

    protected virtual int Version => 2;

    public void Dispose()
    {
        _store.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override ValueTask<RunningStorage> StartAsync() => _store.StartAsync(new(RecordVersion: Version));

    protected override Task<byte[]> BytesAsync(RecordKind record) => File.ReadAllBytesAsync(FileOf(record), Stop);

    protected override Task RotAsync(RecordKind record, byte[] bytes) => File.WriteAllBytesAsync(FileOf(record), bytes, Stop);

    protected override async Task CopyAsync(RecordKind from, RecordKind to) => await RotAsync(to, await BytesAsync(from));

    private string FileOf(RecordKind record) => _store.FileOf(record.Grain, record.Name);
}
