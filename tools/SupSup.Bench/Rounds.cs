using System.Diagnostics;

namespace SupSup.Bench;

/// <summary>Measures things side by side: in every round each has its turn, so that what disturbs one disturbs all.</summary>
internal static class Rounds
{
    /// <summary>Runs all in turn and takes each one's median.</summary>
    /// <param name="rounds">How many rounds, after one that is not counted.</param>
    /// <param name="cancellationToken">Stops between turns.</param>
    /// <param name="turns">Each runs for a while and returns the milliseconds of one operation.</param>
    public static double[] Medians(int rounds, CancellationToken cancellationToken, params Func<double>[] turns)
    {
        List<double>[] times = [.. turns.Select(_ => new List<double>())];
        for (int round = -1; round < rounds; round++)
        {
            for (int n = 0; n < turns.Length; n++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double time = turns[n]();
                if (round >= 0) times[n].Add(time);
            }
        }

        return [.. times.Select(Median)];
    }

    /// <summary>The median time of one operation.</summary>
    /// <param name="operations">How many to time.</param>
    /// <param name="operation">Called with 0, 1, ...</param>
    public static double Each(int operations, Action<int> operation)
    {
        List<double> times = new(operations);
        for (int n = 0; n < operations; n++)
        {
            long start = Stopwatch.GetTimestamp();
            operation(n);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Median(times);
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return (values[values.Count / 2] + values[(values.Count - 1) / 2]) / 2;
    }
}
