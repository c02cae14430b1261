using System.Buffers;
using System.Buffers.Binary;

namespace SupSup.Core.Masks;

/// <summary>Appends bits to bytes: the first bit is the lowest of the first byte.</summary>
internal sealed class BitWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private ulong _pending;
    private int _count;

    /// <summary>Bits so far.</summary>
    public long Count => 8L * _bytes.WrittenCount + _count;

    /// <summary>Appends the lowest bits of a value.</summary>
    /// <param name="value">The value; its other bits are 0.</param>
    /// <param name="count">How many, up to 32.</param>
    public void Write(uint value, int count)
    {
        _pending |= (ulong)value << _count;
        _count += count;
        if (_count < 32) return;
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), (uint)_pending);
        _bytes.Advance(4);
        _pending >>= 32;
        _count -= 32;
    }

    /// <summary>Appends so many zeros and a one.</summary>
    /// <param name="value">How many zeros.</param>
    public void WriteUnary(int value)
    {
        for (; value >= 31; value -= 31) Write(0, 31);
        Write(1u << value, value + 1);
    }

    /// <summary>Appends a number, 7 bits at a time, the lowest first, each followed by whether more follow (LEB128).</summary>
    /// <param name="value">The number.</param>
    public void WriteNumber(uint value)
    {
        for (; value > 0x7f; value >>= 7) Write((value & 0x7f) | 0x80, 8);
        Write(value, 8);
    }

    /// <summary>Appends all bits of another.</summary>
    /// <param name="other">The other.</param>
    public void Write(BitWriter other)
    {
        foreach (byte some in other._bytes.WrittenSpan) Write(some, 8);
        Write((uint)other._pending, other._count);
    }

    /// <summary>All bits, the last byte filled up with zeros.</summary>
    public byte[] ToArray()
    {
        byte[] all = new byte[(Count + 7) / 8];
        _bytes.WrittenSpan.CopyTo(all);
        for (int n = _bytes.WrittenCount; n < all.Length; n++) all[n] = (byte)(_pending >> 8 * (n - _bytes.WrittenCount));
        return all;
    }
}
