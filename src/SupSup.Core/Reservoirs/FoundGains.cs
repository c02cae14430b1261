namespace SupSup.Core.Reservoirs;

/// <summary>What a search in reservoirs ended at.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Task">The task whose stored mask it is, bit for bit; null where it is no stored mask.</param>
/// <param name="Steps">Steps of the recovery, and states that were followed to where they rest.</param>
public sealed record FoundGains(GainMask Mask, int? Task, int Steps);
