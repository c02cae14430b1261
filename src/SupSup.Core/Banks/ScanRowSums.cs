namespace SupSup.Core.Banks;

/// <summary>What the inputs of one layer that are not read add to a score, by row sums.</summary>
/// <param name="Pairs">Offsets in a block of the pairs of rows that count.</param>
/// <param name="Factors">What each of their rows' sums is multiplied by, two for each pair.</param>
/// <param name="Factor">Score per unit of sum times row factor.</param>
/// <param name="Means">The same as if all inputs had their mean.</param>
/// <param name="Mean">Score per unit of these.</param>
internal readonly record struct ScanRowSums(int[] Pairs, short[] Factors, float Factor, short[] Means, float Mean);
