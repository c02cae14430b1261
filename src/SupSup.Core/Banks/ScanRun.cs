namespace SupSup.Core.Banks;

/// <summary>Columns whose inputs are so alike that their bits are summed before they are multiplied by their mean.</summary>
/// <param name="First">Index of the first in the plan's columns.</param>
/// <param name="Count">How many; even.</param>
/// <param name="Factor">Score per unit of the tables.</param>
internal readonly record struct ScanRun(int First, int Count, float Factor);
