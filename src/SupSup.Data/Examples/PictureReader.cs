using SupSup.Core.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Examples;

/// <summary>Reads single pictures as the examples of a dataset were read.</summary>
public static class PictureReader
{
    /// <summary>Decodes a picture and makes it of a shape.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="content">The file: PNG, JPEG, WebP, BMP or GIF.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="stretch">Whether one of other proportions is stretched; otherwise its edges are cut off.</param>
    /// <returns>Levels [channels, rows, columns].</returns>
    /// <exception cref="DatasetException">It is no picture, damaged, or larger than <see cref="Picture.MostPixels"/>.</exception>
    public static byte[] Read(string name, byte[] content, ExampleShape.Pixels shape, bool stretch)
    {
        return new PictureRule(shape, stretch).Read([new Picture(name, content)], [0]).Pixels;
    }

    /// <summary>Whether a file is a picture by its name.</summary>
    public static bool IsPicture(string path) => Picture.IsPicture(path);

    /// <summary>The sizes of all pictures of a folder, by their heads.</summary>
    /// <param name="folder">The folder, with all that are in it.</param>
    /// <returns>How large the first is, and whether the others are of that size; null where there is none.</returns>
    /// <exception cref="DatasetException">One is damaged.</exception>
    public static (int Rows, int Columns, bool IsOneSize)? Sizes(string folder)
    {
        (int Rows, int Columns)? first = null;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(Picture.IsPicture))
        {
            (int rows, int columns, _) = new Picture(file, File.ReadAllBytes(file)).Head();
            first ??= (rows, columns);
            if (first != (rows, columns)) return (first.Value.Rows, first.Value.Columns, false);
        }

        return first is var (height, width) ? (height, width, true) : null;
    }
}
