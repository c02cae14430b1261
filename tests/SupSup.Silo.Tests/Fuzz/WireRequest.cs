using System.Buffers.Binary;
using System.Text;

namespace SupSup.Silo.Tests.Fuzz;

/// <summary>Bytes on a connection that are no request of HTTP/1.1 or HTTP/2, or one of which the framing is wrong.</summary>
/// <param name="What">What is wrong with them.</param>
/// <param name="IsHttp2">Whether they go to the port of gRPC, which speaks HTTP/2.</param>
/// <param name="Bytes">The bytes.</param>
internal sealed record WireRequest(string What, bool IsHttp2, byte[] Bytes)
{
    private const int Headers = 1, Reset = 3, Settings = 4, Ping = 6, WindowUpdate = 8, Continuation = 9;
    private const int EndHeaders = 4;

    // POST, http, path "/", of the static table; no authority.
    private static readonly byte[] Post = [0x83, 0x86, 0x84];

    private static readonly string[] ChunkSizes =
    [
        "FFFFFFFF", "FFFFFFFFFFFFFFFF", "80000000", "7FFFFFFFFFFFFFFF", "-1", "x", "", "0x5", "5;" + new string('e', 9000), " 5", "5 ",
        new string('0', 9000) + "5", "1_0", "\0",
    ];

    private static readonly string[] Starts =
    [
        "GET / HTTP/9.9", "GET / HTTP/1.1 x", "GET  / HTTP/1.1", "GET / HTTP/1.0", " GET / HTTP/1.1", "GET /\0 HTTP/1.1",
        "GET http://[ HTTP/1.1", "CONNECT a:1 HTTP/1.1", "OPTIONS * HTTP/1.1", "GET * HTTP/1.1",
        "\r\n\r\n\r\nGET / HTTP/1.1", "PRI * HTTP/2.0", "GET /v1/models",
        $"GET /{new string('a', 20_000)} HTTP/1.1", $"{new string('M', 9000)} / HTTP/1.1", "\u0016\u0003\u0001\u0002",
    ];

    private static readonly string[] Lines =
    [
        "Host: localhost", "Host: a\r\nHost: b", "Host:", "Content-Length: -1", "Content-Length: 99999999999999999999",
        "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, chunked", "Expect: 100-continue", "Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA",
        "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: x", " folded", "No-Colon", ": no name", "Bad Name: x",
        "X: \u0001\u0000", $"X: {new string('x', 40_000)}", "Cookie: \u00ff\u00fe", "Content-Encoding: gzip\r\nContent-Length: 3",
    ];

    /// <summary>Makes one.</summary>
    public static WireRequest Make(Mutator mutator) => mutator.Random.Next(8) switch
    {
        0 => new("chunks", false, Chunks(mutator)),
        1 or 2 => new("head", false, Head(mutator)),
        3 => new("mutated", false, mutator.Raw(mutator.OnceIn(2) ? Chunks(mutator) : Head(mutator))),
        4 => new("continuations", true, [.. Preface(), .. Frame(Headers, 0, 1, Post), .. Repeated(mutator, Frame(Continuation, 0, 1, []))]),
        5 => new("mutated frames", true, mutator.Raw(Frames(mutator))),
        6 => new("no preface", true, [.. mutator.OnceIn(2) ? Frames(mutator)[24..] : Head(mutator)]),
        _ => new("frames", true, Frames(mutator)),
    };

    /// <inheritdoc/>
    public override string ToString() => $"{What}: {Convert.ToHexString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 1000)))}";

    private static byte[] Chunks(Mutator mutator)
    {
        StringBuilder text = new();
        text.Append(mutator.OnceIn(2) ? "PUT /v1/models/other" : "POST /v2/models/fuzzed/infer").Append(
            " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int n = mutator.Random.Next(4); n >= 0; n--)
            text.Append(mutator.OnceIn(3) ? "2" : mutator.Pick(ChunkSizes)).Append(mutator.OnceIn(8) ? "\n" : "\r\n").Append("{}\r\n");
        if (mutator.OnceIn(2)) text.Append("0\r\n");
        for (int n = mutator.OnceIn(4) ? 200 : 0; n > 0; n--) text.Append("Trailer: x\r\n");
        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    private static byte[] Head(Mutator mutator)
    {
        StringBuilder text = new(mutator.OnceIn(3) ? "POST /v2/models/fuzzed/infer HTTP/1.1" : mutator.Pick(Starts));
        text.Append("\r\n");
        for (int n = mutator.Random.Next(4); n > 0; n--) text.Append(mutator.Pick(Lines)).Append("\r\n");
        for (int n = mutator.OnceIn(6) ? 2000 : 0; n > 0; n--) text.Append("X-").Append(n).Append(": y\r\n");
        if (!mutator.OnceIn(4)) text.Append("\r\n{}");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static byte[] Frames(Mutator mutator)
    {
        List<byte> bytes = [.. Preface()];
        for (int n = mutator.Random.Next(12); n >= 0; n--)
        {
            int stream = mutator.Pick([0, 0, 1, 1, 2, 3, int.MaxValue]);
            byte[] content = new byte[mutator.Pick([0, 1, 4, 5, 6, 8, 9, 100])];
            mutator.Random.NextBytes(content);
            bytes.AddRange(mutator.Random.Next(8) switch
            {
                0 => Frame(Headers, EndHeaders, stream, [.. Post, .. content]),
                1 => Frame(Headers, EndHeaders | mutator.Random.Next(256), stream, Post),
                2 => Frame(Settings, 0, stream, [0, (byte)mutator.Random.Next(8), 0xFF, 0xFF, 0xFF, (byte)mutator.Random.Next(256)]),
                3 => Repeated(mutator, Frame(Ping, 0, 0, new byte[8])),
                4 => Frame(WindowUpdate, 0, stream, mutator.OnceIn(2) ? [0x7F, 0xFF, 0xFF, 0xFF] : new byte[4]),
                5 => [.. Enumerable.Range(0, 100).SelectMany(k => (byte[])
                    [.. Frame(Headers, EndHeaders, (2 * k) + 1, Post), .. Frame(Reset, 0, (2 * k) + 1, new byte[4])])],
                _ => Frame(mutator.Random.Next(14), mutator.Random.Next(256), stream, content, mutator.OnceIn(4) ? 0xFFFFFF : null),
            });
        }

        return [.. bytes];
    }

    private static byte[] Preface() => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, [])];

    private static byte[] Repeated(Mutator mutator, byte[] frame) =>
        [.. Enumerable.Repeat(frame, mutator.Pick([1, 50, 3000])).SelectMany(bytes => bytes)];

    private static byte[] Frame(int type, int flags, int stream, byte[] content, int? length = null)
    {
        byte[] frame = new byte[9 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, (length ?? content.Length) << 8);
        (frame[3], frame[4]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        content.CopyTo(frame, 9);
        return frame;
    }
}
