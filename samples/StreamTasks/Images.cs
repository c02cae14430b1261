using System.Buffers.Binary;

namespace StreamTasks;

/// <summary>Labelled images from a pair of IDX files, as MNIST comes.</summary>
/// <param name="Values">Brightness of each pixel, [images, pixels].</param>
/// <param name="Labels">Class of each image.</param>
internal sealed record Images(byte[] Values, byte[] Labels)
{
    private const int ImagesHeader = 16;
    private const int LabelsHeader = 8;

    /// <summary>Pixels of an image.</summary>
    public int Pixels => Values.Length / Labels.Length;

    /// <summary>Reads one part of the data.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="part">"train" or "t10k".</param>
    /// <exception cref="InvalidDataException">A file is not what it should be.</exception>
    public static Images Read(string folder, string part)
    {
        byte[] values = ReadFile(Path.Combine(folder, $"{part}-images-idx3-ubyte"), 0x803, ImagesHeader);
        byte[] labels = ReadFile(Path.Combine(folder, $"{part}-labels-idx1-ubyte"), 0x801, LabelsHeader);
        return labels.Length > 0 && values.Length % labels.Length == 0
            ? new Images(values, labels)
            : throw new InvalidDataException($"{folder}: the {part} images and labels do not fit");
    }

    private static byte[] ReadFile(string path, int magic, int header)
    {
        byte[] file = File.ReadAllBytes(path);
        return file.Length > header && BinaryPrimitives.ReadInt32BigEndian(file) == magic
            ? file[header..]
            : throw new InvalidDataException($"{path} is not an IDX file of {(magic == 0x803 ? "images" : "labels")}");
    }
}
