using System.Net;

namespace SupSup.Cli.Serving;

/// <summary>A body that is written while it is sent, so that it is never in memory as a whole.</summary>
/// <param name="write">Writes it.</param>
/// <param name="bytes">How many bytes that are.</param>
internal sealed class WrittenContent(Action<Stream> write, long bytes) : HttpContent
{
    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.Run(() => write(stream));

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = bytes;
        return true;
    }
}
