using System.Numerics;

namespace SupSup.Core.Masks;

/// <summary>
/// Which of so many positions are marked: how many, then the gaps between them in Rice's code (1979). A gap is a quotient in
/// unary, then some bits of remainder, as many as make the mean quotient 1 to 2. Where marks are few and spread by chance that is 0.03 to
/// 0.06 bits a mark above their entropy; above 3/8 of the positions it is one bit a position at most. Where more than half of the
/// positions are marked, the others are written.
/// </summary>
internal static class MarkCode
{
    /// <summary>Writes marks.</summary>
    /// <param name="writer">Takes them.</param>
    /// <param name="length">Number of positions.</param>
    /// <param name="marks">The marked ones, ascending.</param>
    public static void Write(BitWriter writer, int length, ReadOnlySpan<int> marks)
    {
        writer.WriteNumber((uint)marks.Length);
        if (IsOfOthers(length, marks.Length)) marks = Others(length, marks);
        int bits = RemainderBits(length, marks.Length), last = -1;
        foreach (int mark in marks)
        {
            int gap = mark - last - 1;
            writer.WriteUnary(gap >> bits);
            writer.Write((uint)gap & ((1u << bits) - 1), bits);
            last = mark;
        }
    }

    /// <summary>Reads the marked positions, or the others where these are fewer.</summary>
    /// <param name="reader">Gives them.</param>
    /// <param name="length">Number of positions.</param>
    /// <param name="room">Room for half of the positions.</param>
    /// <param name="areOthers">Whether those that are not marked were read.</param>
    /// <returns>The positions, ascending, in the room.</returns>
    /// <exception cref="InvalidDataException">The bits end too early, or there are too many positions or too high ones.</exception>
    public static ReadOnlySpan<int> Read(ref BitReader reader, int length, int[] room, out bool areOthers)
    {
        uint number = reader.ReadNumber();
        if (number > length) throw new InvalidDataException($"{number} of {length} positions are marked");
        int count = (int)number;
        areOthers = IsOfOthers(length, count);
        Span<int> positions = room.AsSpan(0, areOthers ? length - count : count);
        reader.ReadGaps(RemainderBits(length, positions.Length), length, positions);
        return positions;
    }

    /// <summary>The positions that are not marked, ascending.</summary>
    /// <param name="length">Number of positions.</param>
    /// <param name="marks">The marked ones, ascending.</param>
    public static int[] Others(int length, ReadOnlySpan<int> marks)
    {
        int[] others = new int[length - marks.Length];
        for (int n = 0, next = 0; n < length; n++)
        {
            if (next < marks.Length && marks[next] == n) next++;
            else others[n - next] = n;
        }

        return others;
    }

    private static bool IsOfOthers(int length, int count) => count > length / 2;

    private static int RemainderBits(int length, int count) =>
        count == 0 || 8L * count > 3L * length ? 0 : BitOperations.Log2((uint)(length / count));
}
