namespace SupSup.Silo.Http;

/// <summary>A stream that is read while someone looks on.</summary>
/// <param name="source">The stream; disposed of with this one.</param>
/// <param name="seen">Told after each read how many bytes were read in all; throws to end the reading.</param>
internal sealed class WatchedStream(Stream source, Action<long>? seen = null) : ForwardStream
{
    public override int Read(Span<byte> buffer) => Seen(source.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Seen(await source.ReadAsync(buffer, cancellationToken));

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }

    private int Seen(int read)
    {
        Count(read);
        seen?.Invoke(Position);
        return read;
    }
}
