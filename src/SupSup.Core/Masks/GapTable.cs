namespace SupSup.Core.Masks;

/// <summary>
/// Reads Rice's code of few remainder bits a byte at a time: from where in a code the byte before ended, and the next eight bits, to the
/// numbers that they complete. What <see cref="BitReader.ReadGaps"/> does bit by bit, it then does by one look-up for several numbers.
/// </summary>
internal static class GapTable
{
    /// <summary>Most bits of a remainder that there are tables for.</summary>
    public const int MostBits = 3;

    private static readonly Step[][] Tables = [.. Enumerable.Range(0, MostBits + 1).Select(Make)];

    /// <summary>The table for so many bits of remainder, at 256 · state + byte; state 0 is in the unary part of a code, others before the
    /// remainder's bit number state - 1.</summary>
    /// <param name="bits">Bits of a remainder, up to <see cref="MostBits"/>.</param>
    public static Step[] Of(int bits) => Tables[bits];

    private static Step[] Make(int bits) =>
        [.. Enumerable.Range(0, (bits + 1) * 256).Select(at => Make(bits, at >> 8, at & 255))];

    private static Step Make(int bits, int state, int eight)
    {
        (ulong numbers, int count, int next) = (0, 0, 0);
        for (int n = 0; n < 8; n++)
        {
            bool one = (eight >> n & 1) != 0;
            if (state == 0 && !one) next += 1 << bits;
            else if (state > 0 && one) next += 1 << (state - 1);
            if (state > 0 || one) state++;
            if (state <= bits) continue;
            numbers |= (ulong)next++ << (8 * count++);
            state = 0;
        }

        return new Step(numbers, (byte)count, (byte)next, (byte)state);
    }

    /// <summary>What eight bits do.</summary>
    /// <param name="Numbers">The numbers that they complete, a byte each, the first lowest: less the least that the first could be.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Advance">By how much the least that the next number can be grows.</param>
    /// <param name="State">Where in a code they end.</param>
    public readonly record struct Step(ulong Numbers, byte Count, byte Advance, byte State);
}
