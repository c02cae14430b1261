using System.Text.RegularExpressions;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// A dataset as a folder of four IDX files, <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c>,
/// <c>t10k-images-idx3-ubyte</c>, <c>t10k-labels-idx1-ubyte</c>. The test half may be called <c>test</c>, the labels' type <c>byte</c>,
/// <c>short</c> or <c>int</c>, the dash before <c>idx</c> may be a dot, each may be compressed under a further <c>.gz</c>, and all may
/// begin with the name of their set, as EMNIST's do.
/// </summary>
public sealed partial class IdxFolder : IDatasetFormat
{
    /// <summary>Name of the file of training images.</summary>
    public const string TrainImages = "train-images-idx3-ubyte";

    /// <summary>Name of the file of training labels.</summary>
    public const string TrainLabels = "train-labels-idx1-ubyte";

    /// <summary>Name of the file of test images.</summary>
    public const string TestImages = "t10k-images-idx3-ubyte";

    /// <summary>Name of the file of test labels.</summary>
    public const string TestLabels = "t10k-labels-idx1-ubyte";

    string IDatasetFormat.Description => "a folder of four IDX files";

    IReadOnlyList<string> IDatasetFormat.Options => ["set"];

    bool IDatasetFormat.Reads(string path) => Directory.Exists(path) && Files(path).Any();

    LoadedData IDatasetFormat.Read(DatasetAddress address)
    {
        string folder = address.Path;
        Match[] files = [.. Files(folder)];
        string[] sets = [.. files.Select(file => file.Groups["set"].Value).Distinct().Order(StringComparer.Ordinal)];
        string set = address.Text("set") ?? (sets.Length == 1 ? sets[0] : throw new DatasetOptionException(
            folder, $"has several sets: {string.Join(", ", sets)}", $"name one, as '{address.Path}?set={sets[^1]}'"));
        if (!sets.Contains(set)) throw new DatasetOptionException(folder, $"has no set '{set}'", $"it has {string.Join(", ", sets)}");
        files = [.. files.Where(file => file.Groups["set"].Value == set)];

        string trainImages = Find(folder, files, TrainImages), trainLabels = Find(folder, files, TrainLabels);
        string testImages = Find(folder, files, TestImages), testLabels = Find(folder, files, TestLabels);
        ExampleSet train = Half(trainImages, trainLabels);
        ExampleSet test = Half(testImages, testLabels);
        if (train.Shape != test.Shape)
        {
            throw new DatasetException(
                testImages, $"its images are {test.Shape}, those of {Path.GetFileName(trainImages)} are {train.Shape}",
                "take both from the same data set");
        }

        return new(train, test) { TrainSource = trainImages, TrainLabels = trainLabels, TestLabels = testLabels, KeepsOrder = true };
    }

    private static IEnumerable<Match> Files(string folder) =>
        Directory.EnumerateFiles(folder).Select(path => FileName().Match(Path.GetFileName(path))).Where(match => match.Success);

    [GeneratedRegex(@"^((?<set>.+)-)?(?<half>train|t10k|test)-(?<what>images|labels)[-.]idx[13]-(ubyte|byte|short|int)(?<gz>\.gz)?$")]
    private static partial Regex FileName();

    // Of several that would do: plain before compressed, t10k before test, a dash before a dot.
    private static string Find(string folder, IEnumerable<Match> files, string standardName)
    {
        string[] parts = standardName.Split('-');
        string[] halves = parts[0] == "train" ? ["train"] : ["t10k", "test"];
        Match? found = files.Where(file => halves.Contains(file.Groups["half"].Value) && file.Groups["what"].Value == parts[1])
            .OrderBy(file => file.Groups["gz"].Length).ThenBy(file => file.Groups["half"].Value, StringComparer.Ordinal)
            .ThenBy(file => file.Value, StringComparer.Ordinal).FirstOrDefault();
        return found is not null
            ? Path.Combine(folder, found.Value)
            : throw new DatasetException(
                folder,
                $"has no file {standardName} (nor with a dot before idx, nor with .gz)",
                $"put the four IDX files there: {TrainImages}, {TrainLabels}, {TestImages}, {TestLabels}");
    }

    private static ExampleSet Half(string imagesPath, string labelsPath)
    {
        (ExampleShape.Pixels shape, byte[] pixels) = IdxFile.ReadImages(imagesPath);
        int[] labels = IdxFile.ReadLabels(labelsPath);
        int images = pixels.Length / shape.Length;
        return images == labels.Length
            ? new ExampleSet(shape, pixels, labels)
            : throw new DatasetException(
                labelsPath, $"has {labels.Length} labels for the {images} images of {Path.GetFileName(imagesPath)}",
                "take both files from the same data set");
    }
}
