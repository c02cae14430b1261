namespace SupSup.Core.Tests;

/// <summary>Comparisons to the last bit; zeros of different sign differ, and every NaN is the same.</summary>
internal static class Bits
{
    public static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int n = 0; n < expected.Length; n++)
        {
            bool same = float.IsNaN(expected[n])
                ? float.IsNaN(actual[n])
                : BitConverter.SingleToInt32Bits(expected[n]) == BitConverter.SingleToInt32Bits(actual[n]);
            if (!same) Assert.Fail($"{what}: value {n} of {expected.Length} is {actual[n]:R}, not {expected[n]:R}");
        }
    }
}
