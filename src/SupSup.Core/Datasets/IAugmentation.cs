using SupSup.Core.Naming;
using SupSup.Core.Random;

namespace SupSup.Core.Datasets;

/// <summary>
/// Makes training images of images at random, so that a network rarely sees one twice. It works on levels, before they are normalised. A
/// new one is a new file and an entry in <see cref="Augmentations"/>; its name is the text that it is found by. Thread-safe.
/// </summary>
public interface IAugmentation : INamed
{
    /// <summary>Whether it makes images of one size, whatever theirs is: it then gets streamed images as they are stored, otherwise as
    /// tests see them.</summary>
    bool TakesAnySize { get; }

    /// <summary>The size of what it makes.</summary>
    /// <param name="shape">The size of an image.</param>
    ExampleShape.Pixels Made(ExampleShape.Pixels shape);

    /// <summary>Makes one image; the same random numbers give the same one everywhere.</summary>
    /// <param name="image">Levels [channels, rows, columns].</param>
    /// <param name="shape">Their size.</param>
    /// <param name="random">The stream of this image.</param>
    /// <param name="target">Receives levels of the size that <see cref="Made"/> tells; must not overlap the image.</param>
    void Apply(ReadOnlySpan<byte> image, ExampleShape.Pixels shape, RandomStream random, Span<byte> target);
}
