namespace SupSup.LoadTest;

/// <summary>The memory of the silos at a moment.</summary>
/// <param name="At">Seconds since the run began.</param>
/// <param name="Megabytes">Resident memory of each silo, in MB.</param>
internal sealed record MemorySample(double At, IReadOnlyList<double> Megabytes);
