namespace SupSup.Experiments.Tests.Methods;

/// <summary>Comparison of many values at once.</summary>
internal static class Near
{
    /// <summary>No two values differ by more than a tolerance.</summary>
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int n = 0; n < expected.Length; n++)
            Assert.True(Math.Abs(expected[n] - actual[n]) <= tolerance, $"value {n}: {expected[n]} and {actual[n]}");
    }
}
