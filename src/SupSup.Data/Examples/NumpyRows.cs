using NumSharp;
using SupSup.Core.Datasets;

namespace SupSup.Data.Examples;

/// <summary>Reads NumPy arrays without labels as those of a dataset were read.</summary>
public static class NumpyRows
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
            ? InPlanes(values, images)
            : values;
    }

    private static (long[] Sides, float[] Values) Load(string name, byte[] content)
    {
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

    private static float[] InPlanes(float[] values, ExampleShape.Pixels shape)
    {
        float[] planes = new float[values.Length];
        for (int n = 0; n < values.Length; n++)
        {
            (int example, int within) = Math.DivRem(n, shape.Length);
            (int pixel, int channel) = Math.DivRem(within, shape.Channels);
            planes[example * shape.Length + channel * shape.Plane + pixel] = values[n];
        }

        return planes;
    }
}
