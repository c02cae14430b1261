using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace SupSup.Silo.Http;

/// <summary>An encoding of gRPC's messages that ends where a message inflates to more than may be received: the server itself bounds what
/// arrives, not what becomes of it.</summary>
/// <param name="name">The encoding's name.</param>
/// <param name="deflate">Opens a stream that packs.</param>
/// <param name="inflate">Opens a stream that unpacks.</param>
/// <param name="mostBytes">Largest size of a message.</param>
internal sealed class BoundedCompression(
    string name, Func<Stream, CompressionLevel, Stream> deflate, Func<Stream, Stream> inflate, int mostBytes) : ICompressionProvider
{
    /// <inheritdoc/>
    public string EncodingName => name;

    /// <summary>The encodings that are taken.</summary>
    /// <param name="mostBytes">Largest size of a message.</param>
    public static ICompressionProvider[] All(int mostBytes) =>
    [
        new BoundedCompression("gzip", (stream, level) => new GZipStream(stream, level, leaveOpen: true),
            stream => new GZipStream(stream, CompressionMode.Decompress), mostBytes),
        new BoundedCompression("deflate", (stream, level) => new ZLibStream(stream, level, leaveOpen: true),
            stream => new ZLibStream(stream, CompressionMode.Decompress), mostBytes),
    ];

    /// <inheritdoc/>
    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        deflate(stream, compressionLevel ?? CompressionLevel.Fastest);

    /// <inheritdoc/>
    public Stream CreateDecompressionStream(Stream stream) => new WatchedStream(inflate(stream), read =>
    {
        if (read > mostBytes) throw new RpcException(
            new Status(StatusCode.ResourceExhausted, $"the message inflates to more than {mostBytes} bytes (Http:MaxRequestBytes)"));
    });
}
