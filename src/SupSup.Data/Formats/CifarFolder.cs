using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// CIFAR-10 and CIFAR-100 as they are published in binary: records of one label, or of a coarse and a fine one, and three planes of
/// 32 x 32 pixels; text files have the names of the classes.
/// </summary>
internal sealed class CifarFolder : IDatasetFormat
{
    private static readonly ExampleShape.Pixels Shape = new(3, 32, 32);

    public string Description => "a folder of CIFAR's binary files, train.bin and test.bin or data_batch_1.bin to test_batch.bin";

    public IReadOnlyList<string> Options => ["label"];

    public bool Reads(string path) => File.Exists(Path.Combine(path, "train.bin")) || File.Exists(Path.Combine(path, "data_batch_1.bin"));

    public LoadedData Read(DatasetAddress address)
    {
        bool isHundred = File.Exists(Path.Combine(address.Path, "train.bin"));
        bool isCoarse = isHundred && address.Choice("label", "fine", "coarse") == "coarse";
        if (!isHundred && address.Text("label") is { } label) throw address.Invalid("label", label, "leave it out: CIFAR-10 has one label");
        string[] train = isHundred
            ? [Path.Combine(address.Path, "train.bin")]
            : [.. Directory.EnumerateFiles(address.Path, "data_batch_*.bin").Order(StringComparer.Ordinal)];
        string test = Path.Combine(address.Path, isHundred ? "test.bin" : "test_batch.bin");
        string names = Path.Combine(
            address.Path, !isHundred ? "batches.meta.txt" : isCoarse ? "coarse_label_names.txt" : "fine_label_names.txt");
        int labels = isHundred ? 2 : 1;
        return new(Records(train, labels, isCoarse), Records([test], labels, isCoarse))
        {
            TrainSource = train[0],
            TrainLabels = train[0],
            TestLabels = test,
            ClassNames = File.Exists(names) ? [.. File.ReadLines(names).Where(name => name.Length > 0)] : null,
            KeepsOrder = true,
        };
    }

    private static ExampleSet Records(string[] files, int labelBytes, bool isCoarse)
    {
        int record = labelBytes + Shape.Length;
        foreach (string file in files)
        {
            if (!File.Exists(file)) throw new DatasetException(file, "there is no such file", "put it beside the others");
            if (new FileInfo(file).Length is var length && (length == 0 || length % record != 0))
                throw new DatasetException(
                    file, $"has {length} bytes, no whole number of records of {record}", "replace it with a good copy");
        }

        int count = (int)(files.Sum(file => new FileInfo(file).Length) / record);
        (byte[] pixels, int[] labels, byte[] head) = (new byte[count * Shape.Length], new int[count], new byte[labelBytes]);
        int at = 0;
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            while (stream.Position < stream.Length)
            {
                stream.ReadExactly(head);
                labels[at] = isCoarse ? head[0] : head[^1];
                stream.ReadExactly(pixels.AsSpan(at++ * Shape.Length, Shape.Length));
            }
        }

        return new(Shape, pixels, labels);
    }
}
