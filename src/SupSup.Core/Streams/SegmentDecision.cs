namespace SupSup.Core.Streams;

/// <summary>Which mask serves a segment of a stream. Its batches train the mask where that is in training.</summary>
/// <typeparam name="TMask">A mask.</typeparam>
/// <param name="Mask">The mask; where none fits and no more may be allocated, the nearest one, or null.</param>
/// <param name="IsNew">Whether it was allocated for the segment.</param>
/// <param name="Fits">Whether the segment is of the mask's own task.</param>
public readonly record struct SegmentDecision<TMask>(TMask? Mask, bool IsNew, bool Fits);
