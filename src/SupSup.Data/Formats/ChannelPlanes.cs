using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>Images whose channels lie beside one another, as NumPy's do.</summary>
internal static class ChannelPlanes
{
    /// <summary>The same images, one plane after another for each channel.</summary>
    /// <param name="values">Levels [images, rows, columns, channels].</param>
    /// <param name="shape">What an image is.</param>
    /// <returns>[images, channels, rows, columns].</returns>
    public static T[] Of<T>(T[] values, ExampleShape.Pixels shape)
    {
        T[] planes = new T[values.Length];
        for (int n = 0; n < values.Length; n++)
        {
            (int example, int within) = Math.DivRem(n, shape.Length);
            (int pixel, int channel) = Math.DivRem(within, shape.Channels);
            planes[example * shape.Length + channel * shape.Plane + pixel] = values[n];
        }

        return planes;
    }
}
