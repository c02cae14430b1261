namespace SupSup.Core.Banks;

/// <summary>What a scan found for one image.</summary>
/// <param name="Slots">The best masks, best first.</param>
/// <param name="Scores">Their scanned scores: comparable between scans of the same image at the same depth, and with nothing else.</param>
/// <param name="Moments">Of all masks scanned.</param>
public sealed record ScanOutcome(int[] Slots, float[] Scores, ScanMoments Moments);
