namespace SupSup.Core.Datasets;

/// <summary>A classification data set: training and test images of one size, and how to scale their pixels.</summary>
public sealed class ImageDataset
{
    /// <summary>Puts the parts together and checks that they fit.</summary>
    /// <param name="name">The name in the catalogue, or the folder it was read from.</param>
    /// <param name="train">The training images.</param>
    /// <param name="test">The test images, of the same size.</param>
    /// <param name="classes">Number of classes, 1 to 256; labels are 0 to classes - 1.</param>
    /// <param name="normalization">How a pixel becomes a network's input.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not 1 to 256.</exception>
    /// <exception cref="ArgumentException">The image sizes differ, or a label is not below the classes.</exception>
    public ImageDataset(string name, ImageSet train, ImageSet test, int classes, Normalization normalization)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, 256);
        if ((train.Rows, train.Columns) != (test.Rows, test.Columns))
            throw new ArgumentException("Training and test images differ in size.", nameof(test));
        if (HasLabelFrom(train, classes))
            throw new ArgumentException($"A training label is not below {classes}.", nameof(train));
        if (HasLabelFrom(test, classes))
            throw new ArgumentException($"A test label is not below {classes}.", nameof(test));

        Name = name;
        Train = train;
        Test = test;
        Classes = classes;
        Normalization = normalization;
    }

    /// <summary>The name in the catalogue, or the folder the data set was read from.</summary>
    public string Name { get; }

    public ImageSet Train { get; }

    /// <summary>The test images, of the same size as the training images.</summary>
    public ImageSet Test { get; }

    /// <summary>Number of classes; every label is below it.</summary>
    public int Classes { get; }

    /// <summary>How a pixel becomes a network's input; the same for training and test images.</summary>
    public Normalization Normalization { get; }

    private static bool HasLabelFrom(ImageSet set, int classes) =>
        classes < 256 && set.Labels.AsSpan().ContainsAnyInRange((byte)classes, byte.MaxValue);
}
