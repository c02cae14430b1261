using System.Buffers.Binary;
using System.Text.Json;

namespace SupSup.Core.Export;

/// <summary>
/// Writes a safetensors file: 8 bytes header length (little-endian), a JSON header padded by spaces to a multiple of 8,
/// then the tensors' bytes in the order in which they were declared. Tensors are written one at a time, so a file may
/// be larger than memory.
/// </summary>
public sealed class SafetensorsWriter
{
    private readonly Dictionary<string, object> _header = [];
    private readonly Queue<(string Name, long Bytes)> _declared = [];
    private long _offset;
    private Stream? _stream;

    /// <summary>Starts a header.</summary>
    /// <param name="metadata">Free text by name.</param>
    public SafetensorsWriter(IReadOnlyDictionary<string, string> metadata) => _header["__metadata__"] = metadata;

    /// <summary>Announces a tensor; all are announced before the first is written.</summary>
    /// <param name="name">Its name, unique in the file.</param>
    /// <param name="type">"F32", "F16" or "U8".</param>
    /// <param name="shape">Its dimensions.</param>
    /// <exception cref="ArgumentException">The type is unknown or the name taken.</exception>
    public void Declare(string name, string type, params int[] shape)
    {
        int size = type switch { "F32" => 4, "F16" => 2, "U8" => 1, _ => throw new ArgumentException($"unknown tensor type '{type}'") };
        long bytes = shape.Aggregate((long)size, (product, dimension) => product * dimension);
        _header.Add(name, new { dtype = type, shape, data_offsets = new[] { _offset, _offset + bytes } });
        _declared.Enqueue((name, bytes));
        _offset += bytes;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Where to.</param>
    public void Begin(Stream stream)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(_header);
        int padded = (json.Length + 7) / 8 * 8;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        stream.Write(length);
        stream.Write(json);
        for (int i = json.Length; i < padded; i++) stream.WriteByte((byte)' ');
        _stream = stream;
    }

    /// <summary>Writes the next declared tensor.</summary>
    /// <param name="name">Its name, to prove the order.</param>
    /// <param name="data">Its bytes, little-endian, row-major.</param>
    /// <exception cref="InvalidOperationException">It is not the next one, or has another length than declared.</exception>
    public void Write(string name, ReadOnlySpan<byte> data)
    {
        if (_stream is null || !_declared.TryPeek(out (string Name, long Bytes) next) || next.Name != name || next.Bytes != data.Length)
            throw new InvalidOperationException($"tensor '{name}' of {data.Length} bytes is not the next one declared");
        _stream.Write(data);
        _declared.Dequeue();
    }

    /// <summary>Proves that every declared tensor was written.</summary>
    /// <exception cref="InvalidOperationException">One was not.</exception>
    public void End()
    {
        if (_declared.TryPeek(out (string Name, long Bytes) next))
            throw new InvalidOperationException($"tensor '{next.Name}' was declared but not written");
    }
}
