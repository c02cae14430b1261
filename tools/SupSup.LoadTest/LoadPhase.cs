namespace SupSup.LoadTest;

/// <summary>What was measured in one phase. Latencies are in milliseconds and of queries that were answered.</summary>
internal sealed record LoadPhase
{
    public required string Name { get; init; }

    /// <summary>Start, in seconds since the run began.</summary>
    public required double Start { get; init; }

    public required double Seconds { get; init; }

    public required int TasksLearned { get; init; }

    public double TasksPerSecond => Seconds > 0 ? TasksLearned / Seconds : 0;

    public required int Queries { get; init; }

    /// <summary>Queries that failed after all retries.</summary>
    public required int Errors { get; init; }

    /// <summary>Attempts that were repeated.</summary>
    public required int Retries { get; init; }

    public double QueriesPerSecond => Seconds > 0 ? (Queries - Errors) / Seconds : 0;

    /// <summary>Share of images that were traced to their task.</summary>
    public required double TaskInferenceAccuracy { get; init; }

    public required double P50Ms { get; init; }

    public required double P90Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double P999Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>Sums up the samples of a phase.</summary>
    /// <param name="name">The phase.</param>
    /// <param name="start">Its start, in seconds since the run began.</param>
    /// <param name="seconds">Its length.</param>
    /// <param name="rows">Images per query.</param>
    /// <param name="tasksLearned">Tasks acknowledged in it.</param>
    /// <param name="retries">Attempts repeated in it.</param>
    /// <param name="samples">Its queries.</param>
    public static LoadPhase Of(
        string name, double start, double seconds, int rows, int tasksLearned, int retries, IReadOnlyCollection<QuerySample> samples)
    {
        double[] latencies = [.. samples.Where(sample => !sample.Failed).Select(sample => sample.Milliseconds).Order()];
        return new LoadPhase
        {
            Name = name,
            Start = Math.Round(start, 3),
            Seconds = Math.Round(seconds, 3),
            TasksLearned = tasksLearned,
            Queries = samples.Count,
            Errors = samples.Count - latencies.Length,
            Retries = retries,
            TaskInferenceAccuracy = latencies.Length == 0
                ? 0
                : Math.Round(samples.Sum(sample => (double)sample.Right) / (latencies.Length * rows), 6),
            P50Ms = Percentile(latencies, 0.5),
            P90Ms = Percentile(latencies, 0.9),
            P99Ms = Percentile(latencies, 0.99),
            P999Ms = Percentile(latencies, 0.999),
            MaxMs = Percentile(latencies, 1),
        };
    }

    /// <summary>The smallest value that a share of all values does not exceed (nearest rank); 0 without values.</summary>
    /// <param name="sorted">Values, ascending.</param>
    /// <param name="share">Above 0, to 1.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)], 3);
}
