namespace SupSup.Core.Banks;

/// <summary>The task of one image.</summary>
/// <param name="Slot">The mask with the largest -∂(objective)/∂α.</param>
/// <param name="Run">Its exact score, and what running it gave.</param>
/// <param name="Lead">By how many standard deviations of the masks behind it it leads the next: exact where it is close, estimated from the scan where it is not; infinite where there is one mask.</param>
/// <param name="Finalists">How many masks were scored exactly.</param>
/// <param name="Depth">How deep the scan had to go.</param>
public readonly record struct OneShotAnswer(int Slot, MaskRun Run, double Lead, int Finalists, ScanDepth Depth);
