using System.Buffers.Binary;
using System.Numerics;

namespace SupSup.Core.Masks;

/// <summary>Reads what <see cref="BitWriter"/> wrote, and never beyond its end.</summary>
/// <param name="bytes">The bytes.</param>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private const int MostAtOnce = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private ulong _window;
    private int _available;
    private int _next;

    /// <summary>Reads bits.</summary>
    /// <param name="count">How many, up to 32.</param>
    /// <exception cref="InvalidDataException">The bytes end before.</exception>
    public uint Read(int count)
    {
        if (_available < count) Refill();
        if (_available < count) throw new InvalidDataException("its bits end too early");
        uint value = (uint)(_window & ((1UL << count) - 1));
        Skip(count);
        return value;
    }

    /// <summary>Reads what <see cref="BitWriter.WriteNumber"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It ends too early, is too long, or could be shorter.</exception>
    public uint ReadNumber()
    {
        ulong number = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            uint some = Read(8);
            number |= (ulong)(some & 0x7f) << shift;
            if (some > 0x7f) continue;
            if (number > uint.MaxValue || (some == 0 && shift > 0)) break;
            return (uint)number;
        }

        throw new InvalidDataException("a number of its table is invalid");
    }

    /// <summary>Reads ascending numbers as their gaps in Rice's code: a quotient in unary, then the remainder.</summary>
    /// <param name="bits">Bits of a remainder, up to 30.</param>
    /// <param name="end">Above the last number.</param>
    /// <param name="numbers">Receives them.</param>
    /// <exception cref="InvalidDataException">They end too early, or a number is <paramref name="end"/> or above.</exception>
    public void ReadGaps(int bits, int end, Span<int> numbers)
    {
        ulong remainder = (1UL << bits) - 1;
        (ulong window, int available, int next, int most, long last) = (_window, _available, _next, _bytes.Length - 8, -1);
        for (int n = 0; n < numbers.Length; n++)
        {
            if (available < MostAtOnce && next <= most)
            {
                window |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[next..]) << available;
                next += (63 - available) >> 3;
                available |= 56;
            }

            int zeros = BitOperations.TrailingZeroCount(window);
            if (zeros + 1 + bits > available)
            {
                // Few bits are left in the window, or the quotient is long.
                (_window, _available, _next) = (window, available, next);
                last += (long)ReadUnary(end) << bits;
                last += Read(bits) + 1;
                (window, available, next) = (_window, _available, _next);
            }
            else
            {
                window = window >> zeros >> 1;
                last += ((long)zeros << bits) + (long)(window & remainder) + 1;
                window >>= bits;
                available -= zeros + 1 + bits;
            }

            if (last >= end) throw new InvalidDataException("a weight is beyond its layer");
            numbers[n] = (int)last;
        }

        (_window, _available, _next) = (window, available, next);
    }

    /// <summary>Skips to the next byte.</summary>
    /// <returns>Bytes read in all.</returns>
    /// <exception cref="InvalidDataException">A skipped bit is not 0.</exception>
    public int Align()
    {
        if (Read(_available & 7) != 0) throw new InvalidDataException("its padding bits are not zero");
        return _next - _available / 8;
    }

    private int ReadUnary(int most)
    {
        int zeros = 0;
        while (true)
        {
            if (_available < MostAtOnce) Refill();
            if (_available == 0 || zeros > most) throw new InvalidDataException("its bits end too early");
            int some = Math.Min(BitOperations.TrailingZeroCount(_window), _available);
            zeros += some;
            bool ends = some < _available;
            Skip(ends ? some + 1 : some);
            if (ends) return zeros;
        }
    }

    private void Skip(int count)
    {
        _window >>= count;
        _available -= count;
    }

    // Bits of the window beyond those that count as available are those that follow in the bytes, or 0.
    private void Refill()
    {
        if (_next <= _bytes.Length - 8)
        {
            _window |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_next..]) << _available;
            _next += (63 - _available) >> 3;
            _available |= 56;
            return;
        }

        for (; _available < 56 && _next < _bytes.Length; _available += 8) _window |= (ulong)_bytes[_next++] << _available;
    }
}
