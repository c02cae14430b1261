namespace SupSup.LoadTest;

/// <summary>The memory of the silos through hours at half load.</summary>
internal sealed record Soak
{
    /// <summary>The growth from which on a soak has failed.</summary>
    public const double MostGrowth = 0.05;

    /// <summary>Queries per second: half of those of the peak phase.</summary>
    public required double Rate { get; init; }

    /// <summary>Resident memory of each silo over time.</summary>
    public required IReadOnlyList<MemorySample> Memory { get; init; }

    /// <summary>By which share the memory of the silo that grew most did; null where nothing was measured.</summary>
    public double? Growth => GrowthOf(Memory);

    /// <summary>Whether it grew too much.</summary>
    public bool HasFailed => Growth >= MostGrowth;

    /// <summary>
    /// The median of the last fifth of the time over that of the second one, less 1: in the first the silos take what they need for the
    /// load.
    /// </summary>
    /// <param name="memory">The samples, in their order.</param>
    /// <returns>That of the silo for which it is largest; null for less than ten samples.</returns>
    public static double? GrowthOf(IReadOnlyList<MemorySample> memory)
    {
        int fifth = memory.Count / 5;
        if (fifth < 2 || memory[0].Megabytes.Count == 0) return null;
        return Enumerable.Range(0, memory[0].Megabytes.Count).Max(silo => Math.Round(
            (Median(memory.Skip(memory.Count - fifth), silo) / Median(memory.Skip(fifth).Take(fifth), silo)) - 1, 4));
    }

    private static double Median(IEnumerable<MemorySample> samples, int silo)
    {
        double[] values = [.. samples.Select(sample => sample.Megabytes[silo]).Order()];
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
