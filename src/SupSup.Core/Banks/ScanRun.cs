namespace SupSup.Core.Banks;

/// <summary>Lines whose inputs are so alike that their bits are summed before they are multiplied by their mean.</summary>
/// <param name="Lines">How many pairs of lines, after those of the run before.</param>
/// <param name="Factor">Score per unit of the tables.</param>
internal readonly record struct ScanRun(int Lines, float Factor);
