namespace SupSup.Core.Reservoirs;

/// <summary>What a search in reservoirs ended at.</summary>
/// <param name="Mask">The mask.</param>
/// <param name="Stored">What it was stored as; null where it is no mask that was stored.</param>
/// <param name="Steps">Steps of all tries.</param>
/// <param name="Evidence">Mean over the images of the log of the sum of all logits' exponentials, in nats.</param>
public sealed record FoundGains(GainMask Mask, int? Stored, int Steps, double Evidence);
