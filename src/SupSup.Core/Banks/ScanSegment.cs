namespace SupSup.Core.Banks;

/// <summary>Runs that use the same tables: of one layer, or of up to 1024 of its rows.</summary>
/// <param name="LookUpTable">First byte of its look-up tables in the plan's.</param>
/// <param name="Quads">Groups of four octets in a column.</param>
/// <param name="FirstRun">Index of its first run.</param>
/// <param name="Runs">How many.</param>
internal readonly record struct ScanSegment(int LookUpTable, int Quads, int FirstRun, int Runs);
