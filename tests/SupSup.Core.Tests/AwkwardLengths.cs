namespace SupSup.Core.Tests;

/// <summary>Lengths around the vector widths, where a loop's body and its tail meet.</summary>
public static class AwkwardLengths
{
    public static TheoryData<int> All => [.. Values];

    public static IEnumerable<int> Values => [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, .. Enumerable.Range(511, 10)];
}
