namespace SupSup.Core.Banks;

/// <summary>Runs that use the same tables: of one layer, or of up to 1024 of its rows.</summary>
/// <param name="Table">First byte of its tables in the plan's.</param>
/// <param name="Quads">Groups of four octets in a column.</param>
/// <param name="FirstRun">Index of its first run.</param>
/// <param name="Runs">How many.</param>
internal readonly record struct ScanSegment(int Table, int Quads, int FirstRun, int Runs);
