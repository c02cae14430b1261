using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SupSup.Peers;

/// <summary>
/// Reads memory from end to end by the widest registers there are, on one thread: the floor of a scan that reads every
/// byte of every mask. Not thread-safe while disposed of.
/// </summary>
public sealed unsafe class BankRead : IDisposable
{
    private const int Line = 64;

    private byte* _start;

    /// <summary>Allocates memory at a cache line's boundary and writes all of it, so that each page is there.</summary>
    /// <param name="bytes">How much, at least 1; rounded up to whole cache lines.</param>
    public BankRead(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        Bytes = (bytes + Line - 1) / Line * Line;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, Line);
        for (long n = 0; n < Bytes; n += sizeof(ulong)) *(ulong*)(_start + n) = (ulong)n * 0x9E3779B97F4A7C15;
    }

    /// <summary>Frees the memory.</summary>
    ~BankRead() => NativeMemory.AlignedFree(_start);

    /// <summary>Bytes that one <see cref="Sum"/> reads.</summary>
    public long Bytes { get; }

    internal ReadOnlySpan<byte> Memory => new(_start, checked((int)Bytes));

    /// <summary>Reads everything once.</summary>
    /// <returns>The sum of all 64-bit words, modulo 2^64.</returns>
    public ulong Sum()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        ulong sum = Vector512.IsHardwareAccelerated ? Sum512(_start, Bytes) : Sum256(_start, Bytes);
        GC.KeepAlive(this);
        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
        GC.SuppressFinalize(this);
    }

    // Four sums at a time, so that additions do not wait for one another; whole lines are left over.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum512(byte* start, long bytes)
    {
        Vector512<ulong> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        long n = 0;
        for (; n <= bytes - (4 * Line); n += 4 * Line)
        {
            sum0 += Vector512.LoadAligned((ulong*)(start + n));
            sum1 += Vector512.LoadAligned((ulong*)(start + n + Line));
            sum2 += Vector512.LoadAligned((ulong*)(start + n + (2 * Line)));
            sum3 += Vector512.LoadAligned((ulong*)(start + n + (3 * Line)));
        }

        for (; n < bytes; n += Line) sum0 += Vector512.LoadAligned((ulong*)(start + n));
        return Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum256(byte* start, long bytes)
    {
        Vector256<ulong> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        long n = 0;
        for (; n <= bytes - (2 * Line); n += 2 * Line)
        {
            sum0 += Vector256.LoadAligned((ulong*)(start + n));
            sum1 += Vector256.LoadAligned((ulong*)(start + n + (Line / 2)));
            sum2 += Vector256.LoadAligned((ulong*)(start + n + Line));
            sum3 += Vector256.LoadAligned((ulong*)(start + n + Line + (Line / 2)));
        }

        for (; n < bytes; n += Line / 2) sum0 += Vector256.LoadAligned((ulong*)(start + n));
        return Vector256.Sum(sum0 + sum1 + (sum2 + sum3));
    }
}
