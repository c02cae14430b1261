using System.Numerics;

namespace SupSup.Core.Random;

/// <summary>
/// MT19937 of Matsumoto and Nishimura (1998), seeded and drawn from as <c>numpy.random.RandomState</c> is: published experiments draw their
/// tasks by it. What is new draws from <see cref="RandomStream"/>.
/// </summary>
public sealed class MersenneTwister
{
    private const int Shift = 397;
    private readonly uint[] _state = new uint[624];
    private int _next;

    /// <summary>Starts as <c>RandomState(seed)</c>.</summary>
    /// <param name="seed">The seed.</param>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (int n = 1; n < _state.Length; n++) _state[n] = (1812433253 * (_state[n - 1] ^ (_state[n - 1] >> 30))) + (uint)n;
        _next = _state.Length;
    }

    /// <summary>Draws the next 32 bits.</summary>
    public uint NextUInt32()
    {
        if (_next == _state.Length) Twist();
        uint word = _state[_next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9D2C5680;
        word ^= (word << 15) & 0xEFC60000;
        return word ^ (word >> 18);
    }

    /// <summary>Draws a permutation of 0 .. count - 1, as <c>permutation(count)</c>: Fisher-Yates from the end, each place drawn by as many
    /// low bits as it has, until they are in range.</summary>
    /// <param name="count">Number of elements.</param>
    public int[] NextPermutation(int count)
    {
        int[] permutation = [.. Enumerable.Range(0, count)];
        for (int last = count - 1; last > 0; last--)
        {
            uint mask = (uint)(BitOperations.RoundUpToPowerOf2((uint)last + 1) - 1);
            uint place;
            do place = NextUInt32() & mask;
            while (place > last);
            (permutation[last], permutation[place]) = (permutation[place], permutation[last]);
        }

        return permutation;
    }

    private void Twist()
    {
        for (int n = 0; n < _state.Length; n++)
        {
            uint mixed = (_state[n] & 0x80000000) | (_state[(n + 1) % _state.Length] & 0x7FFFFFFF);
            _state[n] = _state[(n + Shift) % _state.Length] ^ (mixed >> 1) ^ ((mixed & 1) * 0x9908B0DF);
        }

        _next = 0;
    }
}
