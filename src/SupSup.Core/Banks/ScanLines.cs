namespace SupSup.Core.Banks;

/// <summary>The same 32 rows of two inputs of a run.</summary>
/// <param name="Left">Offset of one input's line in a block.</param>
/// <param name="Right">Of the other's; where there is none, of zeros.</param>
/// <param name="LookUpTable">Offset of their look-up tables in the plan's.</param>
internal readonly record struct ScanLines(int Left, int Right, int LookUpTable);
