using System.Buffers;

namespace SupSup.Silo.Http;

/// <summary>Bytes in several pieces as a stream.</summary>
/// <param name="bytes">The bytes.</param>
internal sealed class SequenceStream(ReadOnlySequence<byte> bytes) : ForwardStream
{
    private ReadOnlySequence<byte> _left = bytes;

    public override int Read(Span<byte> buffer)
    {
        ReadOnlySequence<byte> now = _left.Slice(0, Math.Min(buffer.Length, _left.Length));
        now.CopyTo(buffer);
        _left = _left.Slice(now.End);
        return Count((int)now.Length);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
}
