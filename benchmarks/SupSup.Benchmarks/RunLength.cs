using BenchmarkDotNet.Jobs;

namespace SupSup.Benchmarks;

/// <summary>
/// How long every job measures. BenchmarkDotNet would run what --job names in addition to the jobs of a class; here it
/// sets the length of those.
/// </summary>
internal static class RunLength
{
    private const string Option = "--job";

    /// <summary>The length of this process's jobs; by default enough for a mean within a few percent.</summary>
    public static Job Job { get; private set; } = Job.Default.WithWarmupCount(3).WithIterationCount(10);

    /// <summary>Takes --job out of the arguments.</summary>
    /// <param name="args">The program's arguments.</param>
    /// <returns>The other arguments.</returns>
    public static string[] Take(string[] args)
    {
        int at = Array.IndexOf(args, Option);
        if (at < 0 || at + 1 == args.Length) return args;
        Job? job = args[at + 1].ToUpperInvariant() switch
        {
            "DRY" => Job.Dry,
            "SHORT" => Job.ShortRun,
            "LONG" => Job.LongRun,
            _ => null,
        };

        // An unknown name is BenchmarkDotNet's to refuse.
        if (job is null) return args;
        Job = job;
        return [.. args[..at], .. args[(at + 2)..]];
    }
}
