using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// Pictures in a folder for each class, these in <c>train</c> and <c>test</c> (or another usual name of a half), or without halves. The
/// names of the folders are those of the classes.
/// </summary>
internal sealed class PictureFolder : IDatasetFormat
{
    public string Description => "a folder of pictures with a folder for each class, or with train and test above these";

    public IReadOnlyList<string> Options => PictureRule.Options;

    public bool Reads(string path) => Directory.Exists(path) && Folders(path).SelectMany(FilesIn).Any(Picture.IsPicture);

    public LoadedData Read(DatasetAddress address)
    {
        (string[] trainRoots, string[] testRoots, string[] others) = Halves.Of(
            Folders(address.Path), folder => Folders(folder).Any() ? [Path.GetFileName(folder).ToLowerInvariant()] : []);
        List<string> remarks = [];
        if (testRoots.Length == 0 && !trainRoots.Any(root => Halves.IsTraining(Path.GetFileName(root)) && Folders(root).Any()))
            trainRoots = [address.Path];
        if (others.Length > 0) remarks.Add($"{address.Path}: {string.Join(", ", others.Select(Path.GetFileName))} is not used");
        if (trainRoots.Length == 0) throw new DatasetException(
            address.Path, "has no folder train", "call the folder of training pictures that");

        string[] names = Halves.Sorted(trainRoots.SelectMany(Folders).Select(folder => Path.GetFileName(folder)).Distinct());
        (string[] train, int[] trainLabels) = Files(trainRoots, names, remarks);
        (string[] test, int[] testLabels) = Files(testRoots, names, remarks);
        PictureRule rule = new(address, Pictures(train).Concat(Pictures(test)));
        return new(rule.Read(Pictures(train), trainLabels), testRoots.Length == 0 ? null : rule.Read(Pictures(test), testLabels))
        {
            TrainSource = trainRoots[0],
            TrainLabels = trainRoots[0],
            TestLabels = testRoots.FirstOrDefault() ?? "",
            ClassNames = names,
            Remarks = remarks,
        };
    }

    private static (string[] Files, int[] Labels) Files(string[] roots, string[] names, List<string> remarks)
    {
        List<string> files = [];
        List<int> labels = [];
        foreach (string folder in roots.SelectMany(Folders))
        {
            int label = Array.IndexOf(names, Path.GetFileName(folder));
            if (label < 0)
                throw new DatasetException(
                    folder, "is a class that has no training picture", "remove it, or have its pictures among the training ones");
            string[] own = [.. FilesIn(folder).Order(StringComparer.Ordinal)];
            string[] pictures = [.. own.Where(Picture.IsPicture)];
            if (pictures.Length < own.Length)
                remarks.Add(
                    $"{own.First(file => !Picture.IsPicture(file))}: {own.Length - pictures.Length} files there are no pictures, "
                        + "and left out");
            files.AddRange(pictures);
            labels.AddRange(Enumerable.Repeat(label, pictures.Length));
        }

        return ([.. files], [.. labels]);
    }

    private static IEnumerable<Picture> Pictures(string[] files) => files.Select(file => new Picture(file, File.ReadAllBytes(file)));

    // Not what systems and tools leave behind.
    private static IEnumerable<string> Folders(string path) =>
        Directory.EnumerateDirectories(path).Where(folder => IsOwn(Path.GetFileName(folder))).Order(StringComparer.Ordinal);

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => IsOwn(Path.GetFileName(file)));

    private static bool IsOwn(string name) =>
        !name.StartsWith('.') && !name.StartsWith("__", StringComparison.Ordinal) && name != "Thumbs.db";
}
