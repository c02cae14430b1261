using System.Globalization;
using System.IO.Hashing;
using System.Text;
using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Data.Formats;
using SupSup.Shared;

namespace SupSup.Data;

/// <summary>Opens datasets that users keep as files and folders, each by the format that its files are of.</summary>
public static class DatasetFiles
{
    private const int MostClasses = 65536;
    private static readonly string[] CommonOptions = ["deviations", "levels", "means", "renumber", "seed", "split", "transpose"];

    // The first that recognises a path reads it.
    private static readonly IDatasetFormat[] Formats =
        [new IdxFolder(), new CifarFolder(), new ParquetFormat(), new NumpyFormat(), new CsvFormat(), new PictureFolder()];

    /// <summary>What can be opened, one line for each format.</summary>
    public static IReadOnlyList<string> Known => [.. Formats.Select(format => format.Description)];

    /// <summary>Every option with what it does.</summary>
    public static IReadOnlyDictionary<string, string> Options { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["colour"] = "three channels, also of pictures that are all grey",
        ["data=ARRAY"] = "NumPy: the array of the training examples",
        ["deviations=A,B,C"] = "with means: standard deviations of the channels or numbers; otherwise they are measured",
        ["drop=COLUMN,..."] = "tables: columns to leave out",
        ["fit=crop|stretch"] = "pictures: with size, keep the proportions and cut the edges off (default), or not",
        ["grey"] = "pictures: one channel",
        ["header=no"] = "CSV: the first line has values; columns are called 0, 1, 2 ...",
        ["image=COLUMN"] = "Parquet: the column of the pictures",
        ["label=COLUMN"] = "tables and NumPy: where the labels are; CIFAR-100: fine or coarse",
        ["levels=even"] = "images: each is made equally bright and contrasted, so that masks of several sources can be compared",
        ["means=A,B,C"] = "with deviations: means of the channels (of level / 255) or numbers, in place of measured ones",
        ["missing=mean"] = "tables: what is missing among numbers is their mean",
        ["pixels=28x28"] = "tables and NumPy: the numbers are levels 0..255 of images; 3x32x32 with channels",
        ["renumber"] = "number the classes that there are from 0, without gaps",
        ["resize=256"] = "pictures: with size, the short side is made so long first, and size cut out of the middle",
        ["seed=N"] = "seed of the split and of the order of the test half (default: 0)",
        ["set=NAME"] = "IDX: which set, where the folder has several, as emnist-letters",
        ["size=32"] = "pictures: the side they are made, or rows and columns as 24x32; without it all must be of one size",
        ["split=0.2"] = "share of each class that is the test half where there is none (default: 0.2)",
        ["stream=yes|no"] = "pictures: with size, decoded when needed and never kept; by default where they would take more than 1 GiB",
        ["text=COLUMN,..."] = "tables: columns of numbers that are codes, one input for each",
        ["transpose"] = "swap rows and columns of images: EMNIST is stored so",
    };

    /// <summary>Opens a dataset.</summary>
    /// <param name="address">The path of a file or folder, with options.</param>
    /// <exception cref="DatasetException">There are no such data, an option is unknown, or the data are at fault.</exception>
    public static Dataset Open(string address) => Open(DatasetAddress.Parse(address));

    /// <summary>Opens a dataset.</summary>
    /// <param name="address">The path of a file or folder, with options.</param>
    /// <param name="name">What it is called; by default its address.</param>
    /// <param name="classes">Number of classes; by default one more than the highest training label.</param>
    /// <param name="normalization">By default measured on the training half.</param>
    /// <exception cref="DatasetException">There are no such data, an option is unknown, or the data are at fault.</exception>
    public static Dataset Open(DatasetAddress address, string? name = null, int? classes = null, Normalization? normalization = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!Path.Exists(address.Path)) throw new DatasetException(address.Path, "there is no such file or folder", "check the path");
        try
        {
            IDatasetFormat format = Formats.FirstOrDefault(format => format.Reads(address.Path))
                ?? throw PictureFolder.WithoutClasses(address.Path) ?? new DatasetException(
                    address.Path, "holds no dataset that is known",
                    $"known are {string.Join("; ", Known)}");
            address.Check([.. CommonOptions, .. format.Options]);
            return Assemble(format.Read(address), address, name ?? address.ToString(), classes, normalization);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DatasetException(address.Path, $"cannot be read ({e.Message})", "check the files and their permissions", e);
        }
    }

    /// <summary>Whether a path is a folder of pictures, which takes the options of such.</summary>
    /// <param name="path">The path, without options.</param>
    public static bool IsPictureFolder(string path) =>
        Directory.Exists(path) && Formats.FirstOrDefault(format => format.Reads(path)) is PictureFolder;

    /// <summary>Tells data as they are from what becomes of them later, without reading them: a hash of names, lengths and times of change
    /// of a folder's files or, of a file, of those beside it of its kind, which may be its other half. Of pictures that the options stream,
    /// names and times of change of the folders alone.</summary>
    /// <param name="address">The path of a file or folder, with options.</param>
    /// <returns>Empty where there are no such data.</returns>
    /// <exception cref="DatasetException">They cannot be listed.</exception>
    public static string Stamp(string address)
    {
        string path = DatasetAddress.Parse(address).Path;
        if (!Path.Exists(path)) return "";
        try
        {
            bool isFolder = Directory.Exists(path);
            DirectoryInfo folder = new(isFolder ? path : Path.GetDirectoryName(path)!);
            XxHash128 hash = new();
            if (isFolder && DatasetAddress.Parse(address).Text("stream") == "yes")
            {
                // There may be millions of files: their folders tell whether one came or went.
                foreach (DirectoryInfo one in folder.EnumerateDirectories("*", SearchOption.AllDirectories).Append(folder)
                    .OrderBy(one => one.FullName, StringComparer.Ordinal))
                    hash.Append(Encoding.UTF8.GetBytes($"{one.FullName}\n{one.LastWriteTimeUtc.Ticks}\n"));
                return Convert.ToHexStringLower(hash.GetCurrentHash());
            }

            IEnumerable<FileInfo> files = isFolder
                ? folder.EnumerateFiles("*", SearchOption.AllDirectories)
                : folder.EnumerateFiles($"*{Path.GetExtension(path)}");
            foreach (FileInfo file in files.OrderBy(file => file.FullName, StringComparer.Ordinal))
                hash.Append(Encoding.UTF8.GetBytes($"{file.FullName}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}\n"));
            return Convert.ToHexStringLower(hash.GetCurrentHash());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(path, $"cannot be read ({e.Message})", "check the files and their permissions", e);
        }
    }

    private static Dataset Assemble(
        LoadedData data, DatasetAddress address, string name, int? classes, Normalization? normalization)
    {
        if (address.Has("transpose"))
            data = data with { Train = Transposed(data.Train, address), Test = data.Test is { } test ? Transposed(test, address) : null };
        bool isEven = address.Choice("levels", "as-they-are", "even") == "even";
        if (isEven) data = data with { Train = Even(data.Train, address), Test = data.Test is { } own ? Even(own, address) : null };
        if (address.Has("renumber")) data = Renumbered(data);
        List<string> remarks = [.. data.Remarks];
        int known = classes ?? data.ClassNames?.Count ?? Math.Max(0, Highest(data)) + 1;
        CheckLabels(data.TrainLabels, data.Train, known);
        if (data.Test is { } given) CheckLabels(data.TestLabels, given, known);
        data = Divided(data, address, known, remarks);
        if (EmptyClasses(data, known) is { } empty) remarks.Add(empty);
        normalization ??= Given(address, data.Train.Shape, isEven) ?? Measure(data, isEven);
        return new Dataset(name, data.Train, data.Test!, known, normalization)
        {
            ClassNames = data.ClassNames,
            FeatureNames = data.FeatureNames,
            Remarks = remarks,
        };
    }

    private static int Highest(LoadedData data)
    {
        int highest = data.Train.Labels.Max();
        return highest < MostClasses
            ? highest
            : throw new DatasetException(
                data.TrainLabels,
                    $"its label {Array.IndexOf(data.Train.Labels, highest)} is {highest}, but there can be {MostClasses} classes",
                "mend the labels, or number the classes anew by the option renumber");
    }

    private static void CheckLabels(string source, ExampleSet set, int classes)
    {
        int at = set.Labels.AsSpan().IndexOfAnyExceptInRange(0, classes - 1);
        if (at >= 0)
        {
            throw new DatasetException(
                source, $"its label {at} is {set.Labels[at]}, but the {classes} classes are 0 to {classes - 1}",
                "number the classes from 0, and have each of them among the training labels");
        }
    }

    // Classes without a training example are often a stray label, or labels that begin at 1.
    private static string? EmptyClasses(LoadedData data, int classes)
    {
        int[] counts = new int[classes];
        foreach (int label in data.Train.Labels) counts[label]++;
        int[] empty = [.. Enumerable.Range(0, classes).Where(label => counts[label] == 0)];
        if (empty.Length == 0) return null;
        string[] runs = [.. empty.Select((label, n) => (label, start: label - n)).GroupBy(pair => pair.start, pair => pair.label)
            .Select(run => run.Count() == 1 ? Text(run.First()) : $"{Text(run.First())} to {Text(run.Last())}")];
        string Text(int label) => data.ClassNames is { } names ? $"{label} ('{names[label]}')" : $"{label}";
        string several = runs.Length > 5 ? $"{string.Join(", ", runs[..5])} and others" : string.Join(", ", runs);
        int highest = data.Train.Labels.Max();
        return $"{data.TrainLabels}: no training example has class {several}, of {classes} classes; label "
            + $"{Array.IndexOf(data.Train.Labels, highest)} is {highest}; "
            + "mend the labels, or number the classes without gaps by the option renumber";
    }

    private static LoadedData Renumbered(LoadedData data)
    {
        int[] kept = [.. data.Train.Labels.Distinct().Order()];
        return data with
        {
            Train = data.Train.WithLabels(New(data.Train, data.TrainLabels)),
            Test = data.Test is { } test ? test.WithLabels(New(test, data.TestLabels)) : null,
            ClassNames = [.. kept.Select(label => data.ClassNames?[label] ?? $"{label}")],
        };

        int[] New(ExampleSet set, string source)
        {
            int[] labels = [.. set.Labels.Select(label => Array.BinarySearch(kept, label))];
            int at = Array.FindIndex(labels, label => label < 0);
            return at < 0
                ? labels
                : throw new DatasetException(
                    source, $"its label {at} is {set.Labels[at]}, which no training example has", "take both halves from the same dataset");
        }
    }

    private static ExampleSet Transposed(ExampleSet set, DatasetAddress address)
    {
        CheckInMemory(set, address, "transpose");
        if (set.Shape is not ExampleShape.Pixels shape)
            throw new DatasetOptionException(
                address.Path, "option transpose is for images, but the data are rows of numbers", "leave it out");
        byte[] pixels = new byte[set.Pixels.Length];
        for (int plane = 0; plane < pixels.Length; plane += shape.Plane)
            for (int row = 0; row < shape.Rows; row++)
                for (int column = 0; column < shape.Columns; column++)
                    pixels[plane + column * shape.Rows + row] = set.Pixels[plane + row * shape.Columns + column];
        return new(shape with { Rows = shape.Columns, Columns = shape.Rows }, pixels, set.Labels);
    }

    private static void CheckInMemory(ExampleSet set, DatasetAddress address, string option)
    {
        if (set.Source is not null)
            throw new DatasetOptionException(
                address.Path, $"option {option} is for images in memory, but these are streamed", "leave it out");
    }

    private static ExampleSet Even(ExampleSet set, DatasetAddress address)
    {
        CheckInMemory(set, address, "levels=even");
        if (set.Shape is not ExampleShape.Pixels shape)
            throw new DatasetOptionException(
                address.Path, "option levels is for images, but the data are rows of numbers", "leave it out");
        byte[] pixels = set.Pixels.ToArray();
        for (int image = 0; image < set.Count; image++) EvenLevels.Apply(pixels.AsSpan(image * shape.Length, shape.Length));
        return new(shape, pixels, set.Labels);
    }

    /// <summary>Sees to a test half: where there is none, a share of each class; in mixed order where it comes class by class.</summary>
    private static LoadedData Divided(LoadedData data, DatasetAddress address, int classes, List<string> remarks)
    {
        ulong seed = address.Number<ulong>("seed", 0, ulong.MaxValue) ?? 0;
        double? share = address.Number("split", 0.01, 0.99);
        if (data.Test is { } test)
        {
            if (share is not null)
                throw new DatasetOptionException(address.Path, "option split is given, but there is a test half", "leave it out");
            return data.KeepsOrder || IsMixed(test) ? data : data with { Test = test.Choose(Mixed([.. Enumerable.Range(0, test.Count)])) };
        }

        List<int> chosen = [];
        for (int label = 0; label < classes; label++)
        {
            int[] own = [.. Enumerable.Range(0, data.Train.Count).Where(example => data.Train.Labels[example] == label)];
            int take = own.Length < 2 ? 0 : Math.Clamp((int)Math.Round((share ?? 0.2) * own.Length), 1, own.Length - 1);
            chosen.AddRange(new RandomStream(seed, StreamPurpose.DataSplit, label).NextPermutation(own.Length).Take(take)
                .Select(n => own[n]));
        }

        if (chosen.Count == 0)
            throw new DatasetException(address.Path, "no class has two examples, so that no test half can be taken", "add examples");
        HashSet<int> isTest = [.. chosen];
        int[] rest = [.. Enumerable.Range(0, data.Train.Count).Where(example => !isTest.Contains(example))];
        string part = share is { } chosenShare ? chosenShare.ToString("0.##", CultureInfo.InvariantCulture) : "a fifth";
        remarks.Add($"{address.Path}: {chosen.Count} of {data.Train.Count} examples ({part} of each class) are kept for testing; "
            + "'?split=0.1' changes that");
        return data with { Train = data.Train.Choose(rest), Test = data.Train.Choose(Mixed([.. chosen])), TestLabels = data.TrainLabels };

        static bool IsMixed(ExampleSet set) => set.Labels.Zip(set.Labels.Skip(1)).Any(pair => pair.First > pair.Second);

        int[] Mixed(int[] examples) =>
            [.. new RandomStream(seed, StreamPurpose.DataSplit, classes).NextPermutation(examples.Length).Select(n => examples[n])];
    }

    private static Normalization? Given(DatasetAddress address, ExampleShape shape, bool isEven)
    {
        if (address.Text("means") is null && address.Text("deviations") is null) return null;
        (float[] means, float[] deviations) = (Of("means"), Of("deviations"));
        return deviations.All(deviation => deviation > 0)
            ? new Normalization([.. means], [.. deviations]) { IsEven = isEven }
            : throw address.Invalid("deviations", address.Text("deviations")!, "use numbers above 0");

        float[] Of(string option)
        {
            int entries = Normalization.EntriesOf(shape);
            float[] values = [.. address.List(option)
                .Select(text => float.TryParse(text, CultureInfo.InvariantCulture, out float value) ? value : float.NaN)];
            return values.Length == entries && values.All(float.IsFinite)
                ? values
                : throw address.Invalid(option, address.Text(option) ?? "", $"give means and deviations, {entries} each");
        }
    }

    private static Normalization Measure(LoadedData data, bool isEven)
    {
        try
        {
            Normalization measured = Normalization.Measure(data.Train);
            return isEven ? new Normalization(measured.Means, measured.Deviations) { IsEven = true } : measured;
        }
        catch (ArgumentException e)
        {
            throw new DatasetException(
                data.TrainSource, $"every pixel has the value {data.Train.Image(0)[0]}", "replace it with images", e);
        }
    }
}
