namespace SupSup.Core.Datasets;

/// <summary>
/// A data set as a folder of four IDX files under MNIST's names: <c>train-images-idx3-ubyte</c>,
/// <c>train-labels-idx1-ubyte</c>, <c>t10k-images-idx3-ubyte</c>, <c>t10k-labels-idx1-ubyte</c>; the dash before
/// <c>idx</c> may be a dot, and each may be compressed under a further <c>.gz</c>.
/// </summary>
public static class IdxFolder
{
    /// <summary>Name of the file of training images.</summary>
    public const string TrainImages = "train-images-idx3-ubyte";

    /// <summary>Name of the file of training labels.</summary>
    public const string TrainLabels = "train-labels-idx1-ubyte";

    /// <summary>Name of the file of test images.</summary>
    public const string TestImages = "t10k-images-idx3-ubyte";

    /// <summary>Name of the file of test labels.</summary>
    public const string TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>Reads the four files and checks them against each other.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name of the data set; by default the full path of the folder.</param>
    /// <param name="classes">Number of classes; by default one more than the highest training label.</param>
    /// <param name="normalization">By default measured from the training pixels.</param>
    /// <exception cref="DatasetException">
    /// A file is missing or damaged, counts or image sizes disagree, a label is not below the number of classes, or
    /// the training pixels have only one value.
    /// </exception>
    public static ImageDataset Load(
        string folder, string? name = null, int? classes = null, Normalization? normalization = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DatasetException(folder, "there is no such folder", "check the path");

        (string trainImages, string trainLabels) = (Find(folder, TrainImages), Find(folder, TrainLabels));
        (string testImages, string testLabels) = (Find(folder, TestImages), Find(folder, TestLabels));
        ImageSet train = LoadHalf(trainImages, trainLabels);
        ImageSet test = LoadHalf(testImages, testLabels);
        if ((train.Rows, train.Columns) != (test.Rows, test.Columns))
        {
            throw new DatasetException(
                testImages,
                $"its images are {test.Rows} x {test.Columns}, those of {Path.GetFileName(trainImages)} are "
                + $"{train.Rows} x {train.Columns}",
                "take both from the same data set");
        }

        int known = classes ?? train.Labels.Max() + 1;
        CheckLabels(trainLabels, train, known);
        CheckLabels(testLabels, test, known);
        return new ImageDataset(
            name ?? Path.GetFullPath(folder), train, test, known, normalization ?? Measure(trainImages, train));
    }

    private static string Find(string folder, string standardName)
    {
        string dotted = standardName.Replace("-idx", ".idx", StringComparison.Ordinal);
        string[] candidates = [standardName, dotted, $"{standardName}.gz", $"{dotted}.gz"];
        return candidates.Select(candidate => Path.Combine(folder, candidate)).FirstOrDefault(File.Exists)
            ?? throw new DatasetException(
                folder,
                $"has no file {standardName} (nor with a dot before idx, nor with .gz)",
                $"put the four IDX files there: {TrainImages}, {TrainLabels}, {TestImages}, {TestLabels}");
    }

    private static ImageSet LoadHalf(string imagesPath, string labelsPath)
    {
        IdxImages images = IdxFile.ReadImages(imagesPath);
        byte[] labels = IdxFile.ReadLabels(labelsPath);
        if (images.Count != labels.Length)
        {
            throw new DatasetException(
                labelsPath,
                $"has {labels.Length} labels for the {images.Count} images of {Path.GetFileName(imagesPath)}",
                "take both files from the same data set");
        }

        return new ImageSet(images.Rows, images.Columns, images.Pixels, labels);
    }

    private static void CheckLabels(string labelsPath, ImageSet set, int classes)
    {
        int at = Array.FindIndex(set.Labels, label => label >= classes);
        if (at >= 0)
        {
            throw new DatasetException(
                labelsPath,
                $"its label {at} is {set.Labels[at]}, but the {classes} classes are 0 to {classes - 1}",
                "number the classes from 0, and have each of them among the training labels");
        }
    }

    private static Normalization Measure(string imagesPath, ImageSet train)
    {
        try
        {
            return Normalization.Measure(train.Pixels);
        }
        catch (ArgumentException e)
        {
            throw new DatasetException(
                imagesPath, $"every pixel has the value {train.Pixels[0]}", "replace it with images", e);
        }
    }
}
