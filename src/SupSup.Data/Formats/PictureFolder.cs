using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// Pictures in a folder for each class, these in <c>train</c> and <c>test</c> (or another usual name of a half), or without halves. The
/// names of the folders are those of the classes.
/// </summary>
internal sealed class PictureFolder : IDatasetFormat
{
    // What takes more is streamed, unless the options say.
    private const long MostInMemory = 1L << 30;
    private const string Auto = "auto";

    public string Description => "a folder of pictures with a folder for each class, or with train and test above these";

    public IReadOnlyList<string> Options => [.. PictureRule.Options, "stream"];

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
        if (names.Length == 1) throw OneClass(address.Path, names[0], trainRoots);
        Func<string[], int[], ExampleSet> half = IsStreamed(address, train.Length + test.Length)
            ? Streamed(address)
            : InMemory(address, train.Concat(test));
        return new(half(train, trainLabels), testRoots.Length == 0 ? null : half(test, testLabels))
        {
            TrainSource = trainRoots[0],
            TrainLabels = trainRoots[0],
            TestLabels = testRoots.FirstOrDefault() ?? "",
            ClassNames = names,
            Remarks = remarks,
        };
    }

    /// <summary>The error of a folder that has pictures, but in itself.</summary>
    /// <param name="path">A file or folder that is read by no format.</param>
    /// <returns>Null where it has none.</returns>
    public static DatasetException? WithoutClasses(string path)
    {
        string[] pictures = Directory.Exists(path) ? [.. OwnPictures(path)] : [];
        if (pictures.Length == 0) return null;
        string folder = Path.TrimEndingDirectorySeparator(path), full = Path.GetFullPath(folder);
        bool isClass = Path.GetDirectoryName(full) is { } above && Siblings(above).Skip(1).Any();
        string parent = Path.GetDirectoryName(folder) is { Length: > 0 } given ? given : Path.GetDirectoryName(full) ?? folder;
        string example = isClass ? Path.Combine(parent, Path.GetFileName(full)) : Path.Combine(folder, "NAME");
        return new DatasetException(
            path, $"holds {Count(pictures.Length, "picture")} but no folders of them",
            $"each class needs a folder of its own, as {example}/*{Path.GetExtension(pictures[0])}"
                + (isClass ? $"; did you mean {parent}?" : ""));

        static IEnumerable<string> Siblings(string parent) =>
            Directory.EnumerateDirectories(parent, "*", new EnumerationOptions()).Where(folder => OwnPictures(folder).Any());
    }

    private static bool IsStreamed(DatasetAddress address, int pictures) =>
        address.Choice("stream", Auto, "yes", "no") switch
        {
            Auto => PictureRule.SizeOf(address) is { } size
                && (long)pictures * (address.Has("grey") ? 1 : 3) * size[0] * size[^1] > MostInMemory,
            "yes" => true,
            _ => false,
        };

    private static Func<string[], int[], ExampleSet> InMemory(DatasetAddress address, IEnumerable<string> all)
    {
        PictureRule rule = new(address, Pictures(all));
        return (files, labels) => rule.Read(Pictures(files), labels);
    }

    private static Func<string[], int[], ExampleSet> Streamed(DatasetAddress address)
    {
        int[] size = PictureRule.SizeOf(address) ?? throw new DatasetOptionException(
            address.Path, "is to be streamed, but does not say to which size", "add it, as '?stream=yes&size=224'");
        PictureRule rule = new(address, (size[0], size[^1]));
        return (files, labels) => new(rule.Shape, new StreamedPictures(address.Path, files, rule), labels);
    }

    private static DatasetException OneClass(string path, string name, string[] roots)
    {
        string folder = Path.Combine(roots[0], name);
        string[] inner = [.. Folders(folder).Where(inner => FilesIn(inner).Any(Picture.IsPicture))];
        string lie = string.Join(", ", inner.Take(3).Select(one => $"{name}/{Path.GetFileName(one)}"));
        return new(
            path, $"has one class, '{name}'",
            "each class needs a folder, and two classes at least"
                + (inner.Length > 1 ? $" (its pictures lie in {lie}{(inner.Length > 3 ? " and others" : "")}: give {folder})" : ""));
    }

    private static string LeftOut(string[] names)
    {
        const int Most = 3;
        string told = string.Join(", ", names.Take(Most)) + (names.Length > Most ? $" and {names.Length - Most} more" : "");
        return names.Length == 1 ? $"1 file is no picture and is left out: {told}"
            : $"{names.Length} files are no pictures and are left out: {told}";
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static IEnumerable<string> OwnPictures(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions()).Where(Picture.IsPicture);

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
                remarks.Add($"{folder}: {LeftOut([.. own.Except(pictures).Select(file => Path.GetFileName(file))])}");
            files.AddRange(pictures);
            labels.AddRange(Enumerable.Repeat(label, pictures.Length));
        }

        return ([.. files], [.. labels]);
    }

    private static IEnumerable<Picture> Pictures(IEnumerable<string> files) =>
        files.Select(file => new Picture(file, File.ReadAllBytes(file)));

    // Not what systems and tools leave behind.
    private static IEnumerable<string> Folders(string path) =>
        Directory.EnumerateDirectories(path).Where(folder => IsOwn(Path.GetFileName(folder))).Order(StringComparer.Ordinal);

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => IsOwn(Path.GetFileName(file)));

    private static bool IsOwn(string name) =>
        !name.StartsWith('.') && !name.StartsWith("__", StringComparison.Ordinal) && name != "Thumbs.db";
}
