namespace SupSup.Experiments.Evaluation;

/// <summary>What a stream without task identity did with its masks.</summary>
/// <param name="Masks">Masks held in the end.</param>
/// <param name="Allocated">Masks allocated.</param>
/// <param name="Merged">Masks given up because another served the same task.</param>
/// <param name="MasksPerTask">Masks that served a true task for at least one segment, averaged over tasks;
/// the truth is known to the harness only.</param>
/// <param name="Reused">Segments of batches that went to a mask learned before, other than the one in training.</param>
/// <param name="Refused">Allocations that the cap refused; the batches went to the best mask there was.</param>
/// <param name="Cap">The cap, or null.</param>
public sealed record StreamReport(int Masks, int Allocated, int Merged, double MasksPerTask, int Reused, int Refused, int? Cap);
