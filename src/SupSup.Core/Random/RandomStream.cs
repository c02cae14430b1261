namespace SupSup.Core.Random;

/// <summary>
/// A sequence of random words drawn from <see cref="Philox4x32"/>. Two streams of one seed with different purposes or
/// lanes never share a counter. The layout is part of the weight generator's contract (docs/formats.md):
/// counter = (block index low, block index high, lane, purpose), key = seed.
/// </summary>
public sealed class RandomStream
{
    private readonly ulong _key;
    private readonly uint _lane;
    private readonly StreamPurpose _purpose;
    private ulong _block;
    private PhiloxBlock _words;
    private int _used = 4;

    /// <summary>Starts a stream at its first block.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="lane">A sub-stream, such as the layer index.</param>
    public RandomStream(ulong seed, StreamPurpose purpose, int lane = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lane);
        _key = seed;
        _purpose = purpose;
        _lane = (uint)lane;
    }

    /// <summary>Draws the next 32 bits.</summary>
    public uint NextUInt32()
    {
        if (_used == 4)
        {
            _words = Philox4x32.Block(new PhiloxBlock((uint)_block, (uint)(_block >> 32), _lane, (uint)_purpose), _key);
            _block++;
            _used = 0;
        }

        return _used++ switch { 0 => _words.X0, 1 => _words.X1, 2 => _words.X2, _ => _words.X3 };
    }

    /// <summary>Draws the next 64 bits, low word first.</summary>
    public ulong NextUInt64() => NextUInt32() | ((ulong)NextUInt32() << 32);

    /// <summary>Draws a float in [0, 1) with 24 random bits.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Draws an integer in [0, bound) without bias (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    /// <param name="bound">Exclusive upper bound, at least 1.</param>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        uint range = (uint)bound;
        uint reject = (0u - range) % range;
        while (true)
        {
            ulong product = (ulong)NextUInt32() * range;
            if ((uint)product >= reject) return (int)(product >> 32);
        }
    }

    /// <summary>Draws a uniformly random permutation of 0 .. count - 1 (Fisher-Yates).</summary>
    /// <param name="count">Number of elements.</param>
    public int[] NextPermutation(int count)
    {
        int[] permutation = new int[count];
        for (int i = 0; i < count; i++) permutation[i] = i;
        for (int i = count - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (permutation[i], permutation[j]) = (permutation[j], permutation[i]);
        }

        return permutation;
    }
}
