using System.Diagnostics;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Running;

/// <summary>The time that a run has taken over all its sittings.</summary>
internal sealed class SittingClock
{
    private const string Name = "seconds.json";

    private readonly RunFolder _folder;
    private readonly double _before;
    private readonly long _start = Stopwatch.GetTimestamp();

    private SittingClock(RunFolder folder, double before) => (_folder, _before) = (folder, before);

    /// <summary>Goes on from what earlier sittings saved.</summary>
    public static SittingClock Start(RunFolder folder) => new(folder, folder.Read<double[]>(Name)?[0] ?? 0);

    /// <summary>Keeps the time so far; what a sitting takes after its last save is not counted.</summary>
    /// <returns>Seconds.</returns>
    public double Save()
    {
        double seconds = _before + Stopwatch.GetElapsedTime(_start).TotalSeconds;
        _folder.Write(Name, new[] { seconds });
        return seconds;
    }
}
