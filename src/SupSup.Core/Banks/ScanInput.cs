namespace SupSup.Core.Banks;

/// <summary>An input that differs from the background.</summary>
/// <param name="Input">Which.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct ScanInput(int Input, float Value);
