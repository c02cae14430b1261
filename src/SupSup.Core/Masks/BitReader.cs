using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ReadGaps(int bits, int end, Span<int> numbers)
    {
        // The least that the next number can be.
        long least = 0;
        int n = bits <= GapTable.MostBits ? ReadGapsByTable(bits, end, numbers, ref least) : 0;
        ulong remainder = (1UL << bits) - 1;
        (ulong window, int available, int next, int most) = (_window, _available, _next, _bytes.Length - 8);
        for (; n < numbers.Length; n++)
        {
            if (available < MostAtOnce && next <= most)
            {
                window |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[next..]) << available;
                next += (63 - available) >> 3;
                available |= 56;
            }

            int zeros = BitOperations.TrailingZeroCount(window), length = zeros + 1 + bits;
            if (length > available)
            {
                // Few bits are left in the window, or the quotient is long.
                (_window, _available, _next) = (window, available, next);
                least += (long)ReadUnary(end) << bits;
                least += Read(bits);
                (window, available, next) = (_window, _available, _next);
            }
            else
            {
                least += ((long)zeros << bits) + (long)(window >> zeros >> 1 & remainder);
                window >>= length;
                available -= length;
            }

            if (least >= end) throw new InvalidDataException("a weight is beyond its layer");
            numbers[n] = (int)least++;
        }

        (_window, _available, _next) = (window, available, next);
    }

    // Reads all numbers but the last few.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ReadGapsByTable(int bits, int end, Span<int> numbers, ref long least)
    {
        GapTable.Step[] table = GapTable.Of(bits);
        (ulong window, int available, int next, int most) = (_window, _available, _next, _bytes.Length - 8);
        int n = 0, state = 0, from = 0;
        while (n <= numbers.Length - 8)
        {
            if (available < 8)
            {
                if (next > most) break;
                window |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[next..]) << available;
                next += (63 - available) >> 3;
                available |= 56;
            }

            ref readonly GapTable.Step step = ref table[state << 8 | (byte)window];
            (Vector128<uint> low, Vector128<uint> high) =
                Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalar(step.Numbers).AsByte()));
            (low.AsInt32() + Vector128.Create(from)).CopyTo(numbers[n..]);
            (high.AsInt32() + Vector128.Create(from)).CopyTo(numbers[(n + 4)..]);
            (n, from, state) = (n + step.Count, from + step.Advance, step.State);
            window >>= 8;
            available -= 8;
            if (from > end) throw new InvalidDataException("a weight is beyond its layer");
        }

        (_window, _available, _next) = (window, available, next);
        least = from;
        if (state == 0) return n;
        least += (long)Read(bits + 1 - state) << (state - 1);
        if (least >= end) throw new InvalidDataException("a weight is beyond its layer");
        numbers[n] = (int)least++;
        return n + 1;
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
