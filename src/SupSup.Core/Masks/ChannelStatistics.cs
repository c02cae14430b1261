using System.Buffers.Binary;
using System.Collections.Immutable;
using SupSup.Core.Networks;

namespace SupSup.Core.Masks;

/// <summary>
/// Mean and variance of each normalised channel under one task's mask, as its training saw them: what a task has beside its bits where the
/// plan normalises. Each is a half (IEEE, 16 bits), of which training takes those that a mask file holds in 8 bits
/// (<see cref="StatisticsCode"/>), so that what is measured, stored and served is the same. Immutable.
/// </summary>
public sealed class ChannelStatistics : IEquatable<ChannelStatistics>
{
    private ChannelStatistics(ImmutableArray<Half> means, ImmutableArray<Half> variances) => (Means, Variances) = (means, variances);

    /// <summary>Mean of each channel, normalisation after normalisation.</summary>
    public ImmutableArray<Half> Means { get; }

    /// <summary>Variance of each channel, 0 or above.</summary>
    public ImmutableArray<Half> Variances { get; }

    /// <summary>Number of channels.</summary>
    public int Channels => Means.Length;

    /// <summary>Bytes of <see cref="Write"/>.</summary>
    /// <param name="channels">Number of channels.</param>
    public static int Size(int channels) => 4 * channels;

    /// <summary>Rounds statistics; those beyond what a half holds become its largest.</summary>
    /// <param name="running">All means, then all variances.</param>
    /// <exception cref="ArgumentException">One is not a number, or a variance is negative.</exception>
    public static ChannelStatistics Of(ReadOnlySpan<float> running)
    {
        int channels = running.Length / 2;
        return Checked([.. Rounded(running[..channels])], [.. Rounded(running[channels..])]);
    }

    /// <summary>Rounds statistics to what a mask file holds in 8 bits each.</summary>
    /// <param name="running">All means, then all variances.</param>
    /// <param name="plan">The plan whose channels they are of.</param>
    /// <returns>Null where the plan does not normalise by them.</returns>
    /// <exception cref="ArgumentException">One is not a number, or a variance is negative.</exception>
    public static ChannelStatistics? Of(ReadOnlySpan<float> running, NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.NormalizedChannels == 0 ? null : StatisticsCode.Round(Of(running), plan.Normalized);
    }

    /// <summary>Means, then variances, little-endian.</summary>
    public byte[] Write()
    {
        byte[] bytes = new byte[Size(Channels)];
        for (int n = 0; n < Channels; n++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * n), Means[n]);
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * (Channels + n)), Variances[n]);
        }

        return bytes;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ArgumentException">They are no statistics.</exception>
    public static ChannelStatistics Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % 4 != 0) throw new ArgumentException($"{bytes.Length} bytes are no statistics: a channel has 4");
        Half[] halves = new Half[bytes.Length / 2];
        for (int n = 0; n < halves.Length; n++) halves[n] = BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * n)..]);
        return Checked([.. halves.Take(halves.Length / 2)], [.. halves.Skip(halves.Length / 2)]);
    }

    /// <inheritdoc/>
    public bool Equals(ChannelStatistics? other) =>
        other is not null && Means.SequenceEqual(other.Means) && Variances.SequenceEqual(other.Variances);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ChannelStatistics);

    /// <inheritdoc/>
    public override int GetHashCode() => Means.Aggregate(Channels, HashCode.Combine);

    private static ChannelStatistics Checked(ImmutableArray<Half> means, ImmutableArray<Half> variances)
    {
        if (!means.All(Half.IsFinite) || !variances.All(variance => Half.IsFinite(variance) && variance >= Half.Zero))
            throw new ArgumentException("statistics of channels must be finite, and variances not negative");
        return new(means, variances);
    }

    private static Half[] Rounded(ReadOnlySpan<float> values)
    {
        Half[] halves = new Half[values.Length];
        for (int n = 0; n < halves.Length; n++)
            halves[n] = (Half)Math.Clamp(values[n], (float)Half.MinValue, (float)Half.MaxValue);
        return halves;
    }
}
