using System.Runtime.Intrinsics;

namespace SupSup.Core.Kernels;

/// <summary>
/// A register of bytes in groups of sixteen; each group looks up in a table of its own. What the scan of a mask bank is
/// written over; all operations are on integers, so every width gives the same sums.
/// </summary>
internal unsafe interface IByteVector<TSelf>
    where TSelf : unmanaged, IByteVector<TSelf>
{
    /// <summary>Groups of sixteen bytes: 1, 2 or 4.</summary>
    static abstract int Groups { get; }

    /// <summary>Reads 16 · <see cref="Groups"/> bytes; the address need not be aligned.</summary>
    static abstract TSelf Load(byte* source);

    /// <summary>For each byte the entry of its group's low table at its low four bits plus that of the high
    /// table at its high four.</summary>
    static abstract TSelf LookUp(TSelf low, TSelf high, TSelf data);

    /// <summary>Adds bytes; they must not overflow.</summary>
    static abstract TSelf AddBytes(TSelf left, TSelf right);

    /// <summary>Adds as 16-bit words.</summary>
    static abstract TSelf AddWords(TSelf left, TSelf right);

    /// <summary>The upper byte of each word.</summary>
    static abstract TSelf UpperBytes(TSelf vector);

    /// <summary>Adds up the groups of byte sums kept in two accumulators.</summary>
    /// <param name="words">Sum of the vectors as words, overflow and all.</param>
    /// <param name="uppers">Sum of their upper bytes.</param>
    /// <returns>Sixteen sums: of bytes 0, 2, .. 14, then of bytes 1, 3, .. 15 of the groups.</returns>
    static abstract Vector256<ushort> Reduce(TSelf words, TSelf uppers);
}
