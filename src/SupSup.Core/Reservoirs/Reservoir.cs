using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// A Hopfield network of fixed size that patterns of ±1 are stored in (paper, appendix on HopSupSup). Its weights W are symmetric, and the
/// energy −½ zᵀWz is low at what was stored. Beside W it keeps the mean of its patterns, from which a search starts. Not thread-safe while
/// something is stored.
/// </summary>
public sealed class Reservoir
{
    /// <summary>The most units that one may have: W then takes 4 GB.</summary>
    public const int LargestUnits = 1 << 15;

    private readonly float[] _weights;
    private readonly double[] _sum;

    /// <summary>An empty one.</summary>
    /// <param name="units">d, values of a pattern, 1 to <see cref="LargestUnits"/>.</param>
    /// <param name="rule">How patterns are stored.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many units.</exception>
    public Reservoir(int units, StorageRule rule)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(units, LargestUnits);
        (Units, Rule, _weights, _sum) = (units, rule, GC.AllocateArray<float>(checked(units * units)), new double[units]);
    }

    /// <summary>d, values of a pattern.</summary>
    public int Units { get; }

    /// <summary>How patterns are stored.</summary>
    public StorageRule Rule { get; }

    /// <summary>How many patterns were stored.</summary>
    public int Stored { get; private set; }

    /// <summary>What it takes however much is stored: W without what symmetry repeats, and the mean, in single precision.</summary>
    public long Bytes => SizeOf(Units);

    /// <summary>What one takes, see <see cref="Bytes"/>.</summary>
    /// <param name="units">d.</param>
    public static long SizeOf(int units) => sizeof(float) * (((long)units * (units + 1) / 2) + units);

    /// <summary>How many masks reservoirs of some layers are said to hold by <see cref="StorageRule.Projection"/>: one for each 32 units of
    /// the smallest. Patterns rest up to as many as units; so few come back with a quarter of their units flipped, however alike they
    /// are.</summary>
    /// <param name="units">Units of each layer.</param>
    public static int CapacityOf(IEnumerable<int> units) => units.Min() / 32;

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="saved">The bytes.</param>
    /// <param name="units">d.</param>
    /// <param name="rule">How patterns are stored.</param>
    /// <param name="stored">How many patterns were.</param>
    /// <exception cref="ArgumentException">They are not as many bytes as such a reservoir has.</exception>
    public static Reservoir Load(ReadOnlySpan<byte> saved, int units, StorageRule rule, int stored)
    {
        Reservoir loaded = new(units, rule) { Stored = stored };
        if (saved.Length != loaded.Bytes)
            throw new ArgumentException($"a reservoir of {units} units has {loaded.Bytes} bytes, not {saved.Length}");
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(saved);
        for (int i = 0; i < units; i++)
        {
            values[..(units - i)].CopyTo(loaded._weights.AsSpan((i * units) + i));
            for (int j = i + 1; j < units; j++) loaded._weights[(j * units) + i] = loaded._weights[(i * units) + j];
            values = values[(units - i)..];
        }

        for (int i = 0; i < units; i++) loaded._sum[i] = values[i];
        return loaded;
    }

    /// <summary>The upper triangle of W, row after row, and the sum of the patterns, in single precision, little-endian. W is symmetric but
    /// for rounding, so one that is read back may differ from this one in last bits; saved again it is the same.</summary>
    public byte[] Save()
    {
        byte[] saved = new byte[Bytes];
        Span<float> values = MemoryMarshal.Cast<byte, float>(saved.AsSpan());
        for (int i = 0; i < Units; i++)
        {
            Weights(i)[i..].CopyTo(values);
            values = values[(Units - i)..];
        }

        for (int i = 0; i < Units; i++) values[i] = (float)_sum[i];
        return saved;
    }

    /// <summary>Row i of W, [units].</summary>
    /// <param name="unit">i.</param>
    public ReadOnlySpan<float> Weights(int unit) => _weights.AsSpan(unit * Units, Units);

    /// <summary>Stores a pattern.</summary>
    /// <param name="pattern">z, ±1 [units].</param>
    /// <exception cref="ArgumentException">It has another length, or other values.</exception>
    public void Store(ReadOnlySpan<float> pattern)
    {
        CheckLength(pattern.Length);
        int odd = pattern.IndexOfAnyExcept(1f, -1f);
        if (odd >= 0) throw new ArgumentException($"a pattern has values of 1 and -1, not {pattern[odd]} as at {odd}");
        float[] field = new float[Units];
        if (Rule != StorageRule.Hebb) Field(pattern, field);
        for (int i = 0; i < Units; i++) _sum[i] += pattern[i];
        Stored++;
        if (Rule == StorageRule.Projection)
        {
            Project(pattern, field);
            return;
        }

        float share = 1f / Units;
        for (int i = 0; i < Units; i++)
        {
            Span<float> row = _weights.AsSpan(i * Units, Units);
            TensorPrimitives.MultiplyAdd(pattern, share * (pattern[i] - field[i]), row, row);
            if (Rule == StorageRule.Storkey) TensorPrimitives.MultiplyAdd(field, -share * pattern[i], row, row);
            row[i] -= share;
        }
    }

    /// <summary>The mean of what was stored, [units]; zero where nothing was.</summary>
    public float[] Mean() => [.. _sum.Select(sum => (float)(sum / Math.Max(1, Stored)))];

    /// <summary>h = Wz.</summary>
    /// <param name="state">z [units].</param>
    /// <param name="field">Receives h [units]; −h is the energy's gradient.</param>
    /// <exception cref="ArgumentException">One has another length.</exception>
    public void Field(ReadOnlySpan<float> state, Span<float> field)
    {
        CheckLength(state.Length);
        CheckLength(field.Length);
        for (int i = 0; i < Units; i++) field[i] = TensorPrimitives.Dot(Weights(i), state);
    }

    /// <summary>−½ zᵀWz.</summary>
    /// <param name="state">z [units].</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public double Energy(ReadOnlySpan<float> state)
    {
        float[] field = new float[Units];
        Field(state, field);
        return -0.5 * TensorPrimitives.Dot(state, field);
    }

    /// <summary>
    /// Follows the dynamics from a state to where it rests: units in turn take the sign of their field, their own weight left out. The
    /// energy never rises, so it ends; near a pattern that was stored it ends there.
    /// </summary>
    /// <param name="state">z, ±1 [units]; receives where it rests.</param>
    /// <param name="mostSweeps">Sweeps over all units at most.</param>
    /// <returns>Whether it came to rest.</returns>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public bool Settle(Span<float> state, int mostSweeps = 100)
    {
        CheckLength(state.Length);
        for (int sweep = 0; sweep < mostSweeps; sweep++)
        {
            bool moved = false;
            for (int i = 0; i < Units; i++)
            {
                ReadOnlySpan<float> row = Weights(i);
                float field = TensorPrimitives.Dot(row, state) - (row[i] * state[i]);
                if (field == 0 || MathF.Sign(field) == state[i]) continue;
                (state[i], moved) = (MathF.Sign(field), true);
            }

            if (!moved) return true;
        }

        return false;
    }

    // What is left of a pattern that lies in what is stored is rounding.
    private void Project(ReadOnlySpan<float> pattern, float[] field)
    {
        float[] rest = new float[Units];
        TensorPrimitives.Subtract(pattern, field, rest);
        float norm = TensorPrimitives.SumOfSquares<float>(rest);
        if (norm < 1e-3f * Units) return;
        for (int i = 0; i < Units; i++)
        {
            Span<float> row = _weights.AsSpan(i * Units, Units);
            TensorPrimitives.MultiplyAdd(rest, rest[i] / norm, row, row);
        }
    }

    private void CheckLength(int length)
    {
        if (length != Units) throw new ArgumentException($"a reservoir of {Units} units has patterns of as many values, not {length}");
    }
}
