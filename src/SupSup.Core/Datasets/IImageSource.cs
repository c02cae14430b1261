namespace SupSup.Core.Datasets;

/// <summary>Sees an image while it is in memory.</summary>
/// <param name="levels">Levels [channels, rows, columns], valid until the method returns.</param>
/// <param name="shape">Their size.</param>
public delegate void ImageUse(ReadOnlySpan<byte> levels, ExampleShape.Pixels shape);

/// <summary>Images that are decoded whenever they are needed and not kept, so that a set of them may be larger than memory.
/// Thread-safe.</summary>
public interface IImageSource
{
    /// <summary>How the source makes images of what is stored, in one line: a part of the dataset's checksum.</summary>
    string Description { get; }

    /// <summary>Decodes an image in the size in which it is stored.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="use">Gets it.</param>
    /// <exception cref="DatasetException">It is not there any more, or damaged.</exception>
    void Read(int index, ImageUse use);

    /// <summary>Decodes an image as tests see it, in the size of the set.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="levels">Receives levels [channels, rows, columns].</param>
    /// <exception cref="DatasetException">It is not there any more, or damaged.</exception>
    void View(int index, Span<byte> levels);

    /// <summary>What an image is known by without decoding it, in one line: a part of the dataset's checksum.</summary>
    /// <param name="index">Which, from 0.</param>
    string Tag(int index);

    /// <summary>Some of the images.</summary>
    /// <param name="indices">Which, in their new order.</param>
    IImageSource Choose(IReadOnlyList<int> indices);
}
