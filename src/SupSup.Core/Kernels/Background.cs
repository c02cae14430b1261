namespace SupSup.Core.Kernels;

/// <summary>
/// The value that most inputs have, such as the normalised black of an image's margin. It need not be found for the
/// result to be right: what differs from it is listed, and any value would do.
/// </summary>
internal static class Background
{
    private const int Samples = 512;

    /// <summary>The majority value of a sample, or zero where there is none (Boyer and Moore's vote).</summary>
    /// <param name="values">The values.</param>
    public static float Find(ReadOnlySpan<float> values)
    {
        int stride = Math.Max(1, values.Length / Samples) | 1;
        float candidate = 0;
        int votes = 0;
        for (int n = 0; n < values.Length; n += stride)
        {
            if (votes == 0) candidate = values[n];
            votes += values[n] == candidate ? 1 : -1;
        }

        int same = 0;
        int seen = 0;
        for (int n = 0; n < values.Length; n += stride, seen++) same += values[n] == candidate ? 1 : 0;
        return 2 * same > seen && float.IsFinite(candidate) ? candidate : 0;
    }
}
