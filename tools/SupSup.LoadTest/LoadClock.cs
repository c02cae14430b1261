using System.Diagnostics;

namespace SupSup.LoadTest;

/// <summary>Seconds since the run began.</summary>
internal sealed class LoadClock
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Now.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Waits until a time; returns at once when it is past.</summary>
    public Task UntilAsync(double seconds, CancellationToken cancellationToken)
    {
        double left = seconds - Seconds;
        return left > 0 ? Task.Delay(TimeSpan.FromSeconds(left), cancellationToken) : Task.CompletedTask;
    }
}
