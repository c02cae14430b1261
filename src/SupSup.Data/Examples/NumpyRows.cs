using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NumSharp;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Examples;

/// <summary>Reads NumPy arrays without labels as those of a dataset were read.</summary>
public static partial class NumpyRows
{
    /// <summary>Reads an array. Images may be [rows, columns], or with channels before or after these, and with examples before that;
    /// rows of numbers [numbers] or [examples, numbers].</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="content">The file, .npy.</param>
    /// <param name="shape">What an example is.</param>
    /// <returns>Levels or numbers [examples, inputs], of images [channels, rows, columns] each.</returns>
    /// <exception cref="DatasetException">It is no array that can be read, or of another shape.</exception>
    public static float[] Read(string name, byte[] content, ExampleShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        (long[] sides, float[] values) = Load(name, content);
        string text = $"[{string.Join(", ", sides)}]";
        if (values.Length == 0 || values.Length % shape.Length != 0 || !Fits(sides, shape))
            throw new DatasetException(name, $"is {text}, but an example is {shape}", "store [examples, ...] of that shape");
        int at = Array.FindIndex(values, value => !float.IsFinite(value));
        if (at >= 0)
            throw new DatasetException(name, $"example {at / shape.Length} has a number that is not finite", "replace what is missing");
        return shape is ExampleShape.Pixels { Channels: > 1 } images && sides[^1] == images.Channels && sides.Length >= 3
            ? ChannelPlanes.Of(values, images)
            : values;
    }

    // The reader makes room for what the header promises before it looks for it.
    private static void CheckLength(string name, byte[] content)
    {
        int start = content.Length > 12 && content[6] > 1 ? 12 : 10;
        long length = content.Length <= start ? 0
            : start == 10 ? BitConverter.ToUInt16(content, 8) : BitConverter.ToUInt32(content, 8);
        string header = Encoding.Latin1.GetString(content, start, (int)Math.Clamp(length, 0, Math.Max(0, content.Length - start)));
        Match shape = Shape().Match(header), size = ItemSize().Match(header);
        Int128 promised = shape.Success && size.Success
            ? shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Aggregate((Int128)int.Parse(size.Groups[1].ValueSpan, CultureInfo.InvariantCulture), (product, side) =>
                    Int128.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out Int128 n) && n < Array.MaxLength
                        ? Int128.Min(product * n, Int128.MaxValue / Array.MaxLength) : -1)
            : -1;
        if (promised != content.Length - start - length)
            throw new DatasetException(name, "is no array of numbers, or not as long as its header says", "store it by numpy.save");
    }

    [GeneratedRegex(@"'shape'\s*:\s*\(([0-9, ]*)\)")]
    private static partial Regex Shape();

    [GeneratedRegex(@"'descr'\s*:\s*'[<>|=]?[a-z]([0-9]{1,2})'")]
    private static partial Regex ItemSize();

    private static (long[] Sides, float[] Values) Load(string name, byte[] content)
    {
        CheckLength(name, content);
        try
        {
            NDArray array = np.load_npy(new MemoryStream(content));
            return ([.. array.shape], array.size == 0 ? [] : array.astype(NPTypeCode.Single).ravel('C').ToArray<float>());
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The reader says in its own words, and by its own errors, what it cannot read.
            throw new DatasetException(name, $"cannot be read ({e.Message})", "store whole or real numbers by numpy.save", e);
        }
    }

    // The last sides are those of an example; at most one side, of examples, lies before them.
    private static bool Fits(long[] sides, ExampleShape shape)
    {
        List<long[]> forms = [[shape.Length]];
        if (shape is ExampleShape.Pixels { Channels: var channels, Rows: var rows, Columns: var columns })
        {
            forms.AddRange([[channels, rows, columns], [rows, columns, channels]]);
            if (channels == 1) forms.Add([rows, columns]);
        }

        return forms.Any(form => sides.Length - form.Length is 0 or 1 && sides.AsSpan(sides.Length - form.Length).SequenceEqual(form));
    }
}
