using System.Buffers.Binary;
using System.Collections.Immutable;

namespace SupSup.Core.Masks;

/// <summary>
/// Statistics of channels in 8 bits each, as mask files have them (docs/formats.md): each normalisation has its own even steps, for log2 of
/// the variance and for the mean in deviations, so that they span what its channels have. Steps are powers of two, so that what was
/// rounded to them once is found again. Reading takes only operations that IEEE 754 rounds exactly: the same halves on every machine.
/// </summary>
internal static class StatisticsCode
{
    private const int HeaderBytes = 6;
    private const int Finest = 7;
    private const int Coarsest = -20;
    private const int None = 0;
    private const double Floor = 1.0 / (1 << 16);
    private const double Epsilon = 1e-5;

    // 2^(1/2), 2^(1/4), ..., 2^(1/128).
    private static readonly double[] Roots = [.. Enumerable.Range(1, Finest).Select(static n => Root(n))];

    /// <summary>Bytes of statistics.</summary>
    /// <param name="groups">Channels of each normalisation.</param>
    public static int Size(ImmutableArray<int> groups) => groups.Sum(static channels => HeaderBytes + (2 * channels));

    /// <summary>The nearest statistics that take 8 bits.</summary>
    /// <param name="exact">Means and variances, finite, no variance negative.</param>
    /// <param name="groups">Channels of each normalisation.</param>
    public static ChannelStatistics Round(ChannelStatistics exact, ImmutableArray<int> groups) => Read(Encode(exact, groups), groups);

    /// <summary>Writes statistics.</summary>
    /// <param name="statistics">The statistics.</param>
    /// <param name="groups">Channels of each normalisation.</param>
    /// <returns>Null where 8 bits do not hold them exactly, as those that were never rounded.</returns>
    public static byte[]? Write(ChannelStatistics statistics, ImmutableArray<int> groups)
    {
        byte[] code = Encode(statistics, groups);
        return Read(code, groups).Equals(statistics) ? code : null;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="code">The bytes, <see cref="Size"/> of them.</param>
    /// <param name="groups">Channels of each normalisation.</param>
    /// <exception cref="ArgumentException">They are no statistics.</exception>
    public static ChannelStatistics Read(ReadOnlySpan<byte> code, ImmutableArray<int> groups)
    {
        int total = groups.Sum();
        float[] running = new float[2 * total];
        int done = 0;
        foreach (int channels in groups)
        {
            (Steps variances, Steps means) = (Steps.Read(code), Steps.Read(code[(HeaderBytes / 2)..]));
            code = code[HeaderBytes..];
            for (int n = 0; n < channels; n++)
            {
                Half variance = code[n] == None ? Half.Zero : Variance(variances, code[n] - 1);
                running[total + done + n] = (float)variance;
                running[done + n] = (float)Mean(means, code[channels + n], variance);
            }

            done += channels;
            code = code[(2 * channels)..];
        }

        return ChannelStatistics.Of(running);
    }

    private static byte[] Encode(ChannelStatistics statistics, ImmutableArray<int> groups)
    {
        byte[] code = new byte[Size(groups)];
        Span<byte> rest = code;
        int done = 0;
        foreach (int channels in groups)
        {
            Half[] variances = [.. statistics.Variances.Skip(done).Take(channels)];
            double[] logs = [.. variances.Select(static variance => Math.Log2((double)variance + Floor))];
            Steps steps = Steps.Over([.. logs.Where((_, n) => variances[n] != Half.Zero)], byte.MaxValue - 1);
            byte[] own = [.. logs.Select((log, n) => variances[n] == Half.Zero ? (byte)None : (byte)(1 + steps.Of(log)))];

            // Means are in deviations as they are read.
            double[] means = [.. own.Select((at, n) =>
                (double)statistics.Means[done + n] / Deviation(at == None ? Half.Zero : Variance(steps, at - 1)))];
            Steps apart = Steps.Over(means, byte.MaxValue);
            steps.Write(rest);
            apart.Write(rest[(HeaderBytes / 2)..]);
            rest = rest[HeaderBytes..];
            for (int n = 0; n < channels; n++) (rest[n], rest[channels + n]) = (own[n], (byte)apart.Of(means[n]));
            done += channels;
            rest = rest[(2 * channels)..];
        }

        return code;
    }

    private static Half Variance(Steps steps, int at)
    {
        (int whole, int part) = steps.Split(at);
        double power = 1;
        for (int n = 0; n < Finest; n++)
            if ((part >> (Finest - 1 - n) & 1) != 0) power *= Roots[n];
        return (Half)Math.Clamp(Math.ScaleB(power, whole) - Floor, 0, (double)Half.MaxValue);
    }

    private static Half Mean(Steps steps, int at, Half variance) =>
        (Half)Math.Clamp(steps.Value(at) * Deviation(variance), (double)Half.MinValue, (double)Half.MaxValue);

    private static double Deviation(Half variance) => Math.Sqrt((double)variance + Epsilon);

    private static double Root(int times)
    {
        double root = 2;
        for (int n = 0; n < times; n++) root = Math.Sqrt(root);
        return root;
    }

    /// <summary>Even steps: the first is that of number <paramref name="Least"/>, and a step is 2^-<paramref name="Fineness"/>.</summary>
    /// <param name="Fineness">Binary places.</param>
    /// <param name="Least">The least value in steps from 0.</param>
    private readonly record struct Steps(int Fineness, int Least)
    {
        /// <summary>The finest that have room for values.</summary>
        /// <param name="values">The values.</param>
        /// <param name="most">The greatest number of a step.</param>
        public static Steps Over(double[] values, int most)
        {
            if (values.Length == 0) return default;
            (double least, double greatest) = (values.Min(), values.Max());
            int fineness = Finest;
            while (fineness > Coarsest && (Nearest(greatest, fineness) - Nearest(least, fineness) > most || !Fits(least, fineness)))
                fineness--;
            return new(fineness, (int)Nearest(least, fineness));
        }

        public static Steps Read(ReadOnlySpan<byte> bytes)
        {
            int fineness = (sbyte)bytes[0];
            if (fineness is < Coarsest or > Finest)
                throw new ArgumentException($"steps of channels' statistics have {fineness} binary places, not {Coarsest} to {Finest}");
            return new(fineness, BinaryPrimitives.ReadInt16LittleEndian(bytes[1..]));
        }

        public void Write(Span<byte> bytes)
        {
            bytes[0] = (byte)(sbyte)Fineness;
            BinaryPrimitives.WriteInt16LittleEndian(bytes[1..], (short)Least);
        }

        public int Of(double value) => (int)Nearest(value, Fineness) - Least;

        public double Value(int at) => Math.ScaleB(Least + at, -Fineness);

        /// <summary>The whole part of a value, rounded down, and 2^7 times what is left.</summary>
        public (int Whole, int Part) Split(int at)
        {
            long fine = (long)(Least + at) << (Finest - Fineness);
            return ((int)(fine >> Finest), (int)(fine & ((1 << Finest) - 1)));
        }

        private static double Nearest(double value, int fineness) => Math.Round(Math.ScaleB(value, fineness));

        private static bool Fits(double value, int fineness) => Nearest(value, fineness) is >= short.MinValue and <= short.MaxValue;
    }
}
