using System.Collections.Immutable;
using NumSharp;
using NumSharp.IO;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// NumPy's arrays: an archive (.npz) or a folder of files (.npy), two arrays for each half, as <c>x_train</c>, <c>y_train</c>,
/// <c>x_test</c>, <c>y_test</c>, or <c>train_images</c>, <c>train_labels</c> and so on. Bytes with rows and columns are images.
/// </summary>
internal sealed class NumpyFormat : IDatasetFormat
{
    private static readonly string[] DataWords = ["x", "images", "image", "data", "features", "inputs"];
    private static readonly string[] LabelWords = ["y", "labels", "label", "targets", "target", "classes"];

    public string Description => "an archive .npz, or a folder of .npy files, with arrays such as x_train, y_train, x_test, y_test";

    public IReadOnlyList<string> Options => ["data", "label", "pixels"];

    public bool Reads(string path) => File.Exists(path) ? Ending(path) is ".npz" or ".npy" : NpyFiles(path).Any();

    public LoadedData Read(DatasetAddress address)
    {
        using NpzFile? archive = Ending(address.Path) == ".npz" ? Guarded(address.Path, () => np.load_npz(address.Path)) : null;
        Dictionary<string, Func<NDArray>> arrays = archive is not null
            ? archive.Keys.ToDictionary(name => name, name => (Func<NDArray>)(() => archive[name]))
            : (File.Exists(address.Path) ? [address.Path] : NpyFiles(address.Path)).ToDictionary(
                file => Path.GetFileNameWithoutExtension(file), file => (Func<NDArray>)(() => np.load_npy(file)));
        (string[] train, string[] test, _) = Halves.Of(arrays.Keys, Halves.Words);
        (ExampleSet set, string labels) = Half(address, arrays, train, address.Text("data"), address.Text("label"));
        (ExampleSet? testSet, string testLabels) = test.Length == 0 ? (null, "") : Half(address, arrays, test, null, null);
        if (testSet is not null && testSet.Shape != set.Shape)
            throw new DatasetException(
                address.Path, $"its training examples are {set.Shape}, its test examples {testSet.Shape}", "make them alike");
        return new(set, testSet) { TrainSource = address.Path, TrainLabels = labels, TestLabels = testLabels };
    }

    private static (ExampleSet Set, string Labels) Half(
        DatasetAddress address, Dictionary<string, Func<NDArray>> arrays, string[] names, string? data, string? label)
    {
        string x = data ?? Find(DataWords, "data"), y = label ?? Find(LabelWords, "label");
        if (new[] { x, y }.FirstOrDefault(name => !arrays.ContainsKey(name)) is { } missing)
            throw new DatasetOptionException(address.Path, $"has no array '{missing}'", $"it has {string.Join(", ", arrays.Keys)}");
        string source = $"{address.Path}, array '{y}'";
        int[] labels = Guarded(source, () => Labels(source, arrays[y]()));
        source = $"{address.Path}, array '{x}'";
        ExampleSet set = Guarded(source, () => Examples(address, source, arrays[x](), labels));
        return (set, $"{address.Path}, array '{y}'");

        string Find(string[] words, string option) => names.Where(name => Halves.Words(name).Any(words.Contains)).ToArray() switch
        {
            [var one] => one,
            var several => throw new DatasetOptionException(
                address.Path, $"has {several.Length} arrays that could be the {option} array: it has {string.Join(", ", arrays.Keys)}",
                $"call one of them {words[0]}_train, or name it by the option {option}"),
        };
    }

    private static int[] Labels(string source, NDArray array)
    {
        long[] shape = [.. array.shape];
        if (shape.Length == 0 || shape.Skip(1).Any(side => side != 1))
            throw new DatasetException(
                source, $"is {Text(shape)}, not one label for each example", "store the number of the class of each");
        double[] values = array.astype(NPTypeCode.Double).ToArray<double>();
        int at = Array.FindIndex(values, value => value != Math.Floor(value) || Math.Abs(value) > int.MaxValue);
        return at < 0
            ? Array.ConvertAll(values, value => (int)value)
            : throw new DatasetException(source, FormattableString.Invariant($"label {at} is {values[at]}, no whole number"),
                "store the number of the class of each");
    }

    private static ExampleSet Examples(DatasetAddress address, string source, NDArray array, int[] labels)
    {
        long[] shape = [.. array.shape];
        if (shape.Length < 2 || shape[0] != labels.Length)
            throw new DatasetException(
                source, $"is {Text(shape)}, which is no row for each of {labels.Length} labels", "store [examples, ...]");
        if (shape.Any(side => side == 0)) throw new DatasetException(
            source, $"is {Text(shape)}, which holds nothing", "store [examples, ...]");
        if (array.size > Array.MaxLength)
            throw new DatasetException(source, $"is {Text(shape)}, more than an array can hold", "store smaller examples, or fewer");
        if (array.typecode == NPTypeCode.Byte && shape.Length is 3 or 4 && address.Text("pixels") is null)
            return Images(source, shape, array.ravel('C').ToArray<byte>(), labels);
        float[] values = array.astype(NPTypeCode.Single).ravel('C').ToArray<float>();
        int width = values.Length / labels.Length;
        int at = Array.FindIndex(values, value => !float.IsFinite(value));
        return at < 0
            ? NumberImages.Shape(address, source, values, width, labels)
            : throw new DatasetException(source, $"example {at / width} has a number that is not finite", "replace what is missing");
    }

    // [n, rows, columns], [n, rows, columns, channels] or [n, channels, rows, columns], with 1 or 3 channels.
    private static ExampleSet Images(string source, long[] shape, byte[] pixels, int[] labels)
    {
        int[] sides = [.. shape.Skip(1).Select(side => (int)side)];
        if (sides.Length == 2) return new(new ExampleShape.Pixels(1, sides[0], sides[1]), pixels, labels);
        if (sides[2] is 1 or 3)
        {
            ExampleShape.Pixels images = new(sides[2], sides[0], sides[1]);
            return new(images, ChannelPlanes.Of(pixels, images), labels);
        }

        return sides[0] is 1 or 3
            ? new(new ExampleShape.Pixels(sides[0], sides[1], sides[2]), pixels, labels)
            : throw new DatasetException(
                source, $"is {Text(shape)}, with neither 1 nor 3 channels", "store [examples, rows, columns, channels]");
    }

    // The reader says in its own words, and by its own errors, what it cannot read.
    private static T Guarded<T>(string source, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (DatasetException or OutOfMemoryException))
        {
            throw new DatasetException(
                source, $"cannot be read ({e.Message})", "store whole or real numbers by numpy.save or numpy.savez", e);
        }
    }

    private static string Text(long[] shape) => $"[{string.Join(", ", shape.ToImmutableArray())}]";

    private static string Ending(string path) => Path.GetExtension(path).ToLowerInvariant();

    private static IEnumerable<string> NpyFiles(string path) => Directory.EnumerateFiles(path).Where(file => Ending(file) == ".npy");
}
