namespace SupSup.Core.Masks;

/// <summary>What one layer's scores are held against.</summary>
/// <param name="Value">The smallest magnitude that is kept.</param>
/// <param name="LastTie">Position of the last score of exactly this magnitude that is kept.</param>
public readonly record struct MaskThreshold(float Value, int LastTie);
