using SupSup.Core.Banks;

namespace SupSup.Core.Search;

/// <summary>Queries whose masks must be scanned deeper.</summary>
/// <param name="Queries">Which.</param>
/// <param name="Depths">For each, how deep.</param>
/// <param name="Floors">For each, the score found so far below which a mask does not matter.</param>
public sealed record SearchRefinement(int[] Queries, ScanDepth[] Depths, double[] Floors);
