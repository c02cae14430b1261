using System.Buffers.Binary;
using System.Text;

namespace SupSup.Experiments.Reports.Events;

/// <summary>The fields of a protobuf message, written one after another.</summary>
internal sealed class ProtobufMessage
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int LengthType = 2;
    private const int Fixed32Type = 5;

    private readonly List<byte> _bytes = [];

    /// <summary>Adds a double.</summary>
    public ProtobufMessage Double(int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return Field(field, Fixed64Type, bytes);
    }

    /// <summary>Adds a float.</summary>
    public ProtobufMessage Float(int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Field(field, Fixed32Type, bytes);
    }

    /// <summary>Adds an integer.</summary>
    public ProtobufMessage Integer(int field, long value)
    {
        Varint(((ulong)field << 3) | VarintType);
        Varint((ulong)value);
        return this;
    }

    /// <summary>Adds a text.</summary>
    public ProtobufMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a message.</summary>
    public ProtobufMessage Message(int field, ProtobufMessage value) => Bytes(field, value.ToArray());

    /// <summary>All that was added.</summary>
    public byte[] ToArray() => [.. _bytes];

    private ProtobufMessage Bytes(int field, byte[] value)
    {
        Varint(((ulong)field << 3) | LengthType);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    private ProtobufMessage Field(int field, int type, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | (uint)type);
        _bytes.AddRange(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value > 0x7f; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
