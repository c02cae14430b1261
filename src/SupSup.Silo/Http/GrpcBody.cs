using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Silo.Http;

/// <summary>
/// The body of a request of gRPC, whose messages are covered by a lease: when the length of one is known, before it is read, and once more
/// before it is parsed, by what is in it. The lease of a message goes when the next one comes, or with the request.
/// </summary>
internal sealed class GrpcBody : PipeReader, IRequestBodyPipeFeature, IDisposable
{
    // A flag for compression, and the length.
    private const int HeadBytes = 5;

    private const byte FirstOfGzip = 0x1f;

    private readonly PipeReader _source;
    private readonly ByteBudget.Lease _first;
    private readonly UsageMetrics _usage;
    private readonly MessageDescriptor? _descriptor;
    private readonly int _mostBytes;
    private ByteBudget.Lease? _lease;
    private ReadOnlySequence<byte> _buffer;
    private long _left;
    private bool _isWeighed;

    /// <summary>Wraps a body.</summary>
    /// <param name="source">The body.</param>
    /// <param name="lease">What the request holds.</param>
    /// <param name="method">The method, whose messages they are.</param>
    /// <param name="mostBytes">Largest size of a message; larger ones are refused elsewhere.</param>
    /// <param name="usage">Counts what is received.</param>
    public GrpcBody(PipeReader source, ByteBudget.Lease lease, IMethod method, int mostBytes, UsageMetrics usage)
    {
        (_source, _first, _mostBytes, _usage) = (source, lease, mostBytes, usage);
        _descriptor = MessageMemory.DescriptorOf(method);
    }

    /// <inheritdoc/>
    public PipeReader Reader => this;

    /// <summary>What the message read last holds, to be kept for longer than until the next one; whoever takes it gives it back.</summary>
    public static ByteBudget.Lease Take(HttpContext context)
    {
        GrpcBody body = (GrpcBody)context.Features.GetRequiredFeature<IRequestBodyPipeFeature>();
        ByteBudget.Lease taken = body._lease ?? body._first.Another();
        body._lease = null;
        return taken;
    }

    /// <summary>Has what a request's message holds grow by so many bytes.</summary>
    public static void Extend(HttpContext context, long bytes)
    {
        GrpcBody body = (GrpcBody)context.Features.GetRequiredFeature<IRequestBodyPipeFeature>();
        if (body._lease is { } lease) lease.Cover(lease.Bytes + bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _lease?.Dispose();

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Seen(await _source.ReadAsync(cancellationToken));

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!_source.TryRead(out result)) return false;
        Seen(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        long read = _buffer.Slice(0, consumed).Length;
        _left -= Math.Min(_left, read);
        if (read > 0) _usage.Received(read);
        _source.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => _source.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => _source.Complete(exception);

    private ReadResult Seen(ReadResult read)
    {
        _buffer = read.Buffer;
        try
        {
            if (_left == 0 && _buffer.Length >= HeadBytes) Begin();
            if (!_isWeighed && _left > 0 && _buffer.Length >= _left) Weigh();
        }
        catch (Exception e) when (e is SupSupException or BadHttpRequestException)
        {
            _source.AdvanceTo(_buffer.End);
            (int status, string detail, bool isPassing) = Problems.Of(e);
            throw GrpcRetry.Failure(Problems.GrpcStatus(status, isPassing), detail, isPassing);
        }

        return read;
    }

    private void Begin()
    {
        _lease?.Dispose();
        _lease = _first.Another();
        Span<byte> head = stackalloc byte[HeadBytes];
        _buffer.Slice(0, HeadBytes).CopyTo(head);
        long length = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        if (length > _mostBytes) return;
        _left = HeadBytes + length;
        _isWeighed = false;
        _lease.Cover(MessageMemory.LeastWeight * length);
    }

    private void Weigh()
    {
        _isWeighed = true;
        if (_descriptor is null) return;
        ReadOnlySequence<byte> message = _buffer.Slice(HeadBytes, _left - HeadBytes);
        bool isPacked = _buffer.FirstSpan[0] != 0 && !message.IsEmpty;
        using SequenceStream bytes = new(message);
        using Stream plain = !isPacked ? bytes
            : message.Slice(0, 1).ToArray()[0] == FirstOfGzip ? new GZipStream(bytes, CompressionMode.Decompress)
            : new ZLibStream(bytes, CompressionMode.Decompress);
        _lease?.Cover(_left + MessageMemory.Of(plain, isPacked, _descriptor, _mostBytes));
    }
}
