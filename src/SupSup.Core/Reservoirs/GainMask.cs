using System.Collections.Immutable;
using System.IO.Hashing;

namespace SupSup.Core.Reservoirs;

/// <summary>Which channels of each normalisation a task keeps: its gains are 1 where it does and 0 elsewhere.</summary>
/// <param name="Layers">For each normalisation a value for each channel.</param>
public sealed record GainMask(ImmutableArray<ImmutableArray<bool>> Layers)
{
    /// <summary>Keeps the channels whose scores are not below 0.</summary>
    /// <param name="scores">Scores of each normalisation.</param>
    public static GainMask Of(IEnumerable<float[]> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return new([.. scores.Select(layer => layer.Select(score => score >= 0).ToImmutableArray())]);
    }

    /// <summary>Reads what <see cref="Pack"/> wrote.</summary>
    /// <param name="packed">A bit for each channel, layer after layer, in bytes of their own.</param>
    /// <param name="channels">Channels of each layer.</param>
    /// <exception cref="ArgumentException">It has another number of bytes.</exception>
    public static GainMask Unpack(ReadOnlySpan<byte> packed, ImmutableArray<int> channels)
    {
        int bytes = channels.Sum(static count => (count + 7) / 8);
        if (packed.Length != bytes) throw new ArgumentException($"a mask of {string.Join(" + ", channels)} gains has {bytes} bytes, not "
            + $"{packed.Length}");
        ImmutableArray<ImmutableArray<bool>>.Builder layers = ImmutableArray.CreateBuilder<ImmutableArray<bool>>(channels.Length);
        foreach (int count in channels)
        {
            bool[] kept = new bool[count];
            for (int n = 0; n < count; n++) kept[n] = (packed[n >> 3] >> (n & 7) & 1) != 0;
            layers.Add([.. kept]);
            packed = packed[((count + 7) / 8)..];
        }

        return new(layers.MoveToImmutable());
    }

    /// <summary>A bit for each channel, layer after layer, in bytes of their own, the lowest bit first.</summary>
    public byte[] Pack()
    {
        byte[][] layers = [.. Layers.Select(static layer => new byte[(layer.Length + 7) / 8])];
        for (int l = 0; l < layers.Length; l++)
            for (int n = 0; n < Layers[l].Length; n++)
                if (Layers[l][n]) layers[l][n >> 3] |= (byte)(1 << (n & 7));
        return [.. layers.SelectMany(static layer => layer)];
    }

    /// <summary>XXH128 of <see cref="Pack"/>, hexadecimal.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(XxHash128.Hash(Pack()));

    /// <summary>XXH128 of what <see cref="Pack"/> makes of each layer, hexadecimal: by these a mask is known again of which nothing else is
    /// kept.</summary>
    public ImmutableArray<string> Fingerprints() =>
        [.. Layers.Select(static layer => Convert.ToHexStringLower(XxHash128.Hash(new GainMask([layer]).Pack())))];

    /// <summary>The pattern of one layer: 1 where a channel is kept, −1 elsewhere.</summary>
    /// <param name="layer">Which normalisation.</param>
    public float[] Signs(int layer) => [.. Layers[layer].Select(static kept => kept ? 1f : -1f)];

    /// <summary>How many channels one mask keeps and the other does not.</summary>
    /// <param name="other">A mask of the same network.</param>
    public int Distance(GainMask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Layers.Zip(other.Layers, static (one, two) => one.Zip(two).Count(static pair => pair.First != pair.Second)).Sum();
    }

    /// <inheritdoc/>
    public bool Equals(GainMask? other) =>
        other is not null && Layers.Length == other.Layers.Length
        && Layers.Zip(other.Layers, static (one, two) => one.SequenceEqual(two)).All(static same => same);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Layers.Aggregate(0, static (hash, layer) => HashCode.Combine(hash, layer.Count(static kept => kept)));
}
