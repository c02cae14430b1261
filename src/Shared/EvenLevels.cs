namespace SupSup.Shared;

/// <summary>
/// Makes images equally bright and equally contrasted: the levels of each, over all channels, get the same mean and the same deviation.
/// A network without biases answers in proportion to its input, so that every mask has more evidence for a brighter image; masks that were
/// learned on pictures of several sources can be compared once all are even.
/// </summary>
/// <remarks>Compiled into whoever reads data and into the client library, which share nothing else: both must make the same
/// levels.</remarks>
internal static class EvenLevels
{
    /// <summary>The mean that all images get.</summary>
    public const double Mean = 128;

    /// <summary>The deviation that all images get, before levels beyond 0 and 255 are cut off.</summary>
    public const double Deviation = 45;

    /// <summary>The level that each level of an image becomes; of an image of one level the mean.</summary>
    /// <param name="image">The levels of one image, of all channels.</param>
    public static byte[] Table(ReadOnlySpan<byte> image)
    {
        (long sum, long squares) = (0, 0);
        foreach (byte level in image) (sum, squares) = (sum + level, squares + level * level);

        // n² var = n Σx² - (Σx)², in whole numbers, so that it is the same on every machine.
        Int128 scaled = (Int128)image.Length * squares - (Int128)sum * sum;
        double mean = sum / (double)image.Length, deviation = Math.Sqrt((double)scaled) / image.Length;
        byte[] table = new byte[256];
        for (int level = 0; level < table.Length; level++)
        {
            double even = scaled == 0 ? Mean : Mean + Deviation * (level - mean) / deviation;
            table[level] = (byte)Math.Clamp(Math.Round(even), 0, 255);
        }

        return table;
    }

    /// <summary>Makes an image even, in place.</summary>
    /// <param name="image">The levels of one image, of all channels.</param>
    public static void Apply(Span<byte> image)
    {
        byte[] table = Table(image);
        foreach (ref byte level in image) level = table[level];
    }
}
