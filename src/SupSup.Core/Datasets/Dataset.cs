using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace SupSup.Core.Datasets;

/// <summary>A classification dataset: training and test examples of one shape, and how they become inputs.</summary>
public sealed class Dataset
{
    private readonly Lazy<string> _checksum;

    /// <summary>Puts the parts together and checks that they fit.</summary>
    /// <param name="name">The name in the catalogue, or the path it was read from.</param>
    /// <param name="train">The training examples.</param>
    /// <param name="test">The test examples, of the same shape.</param>
    /// <param name="classes">Number of classes, at least 1; labels are 0 to classes - 1.</param>
    /// <param name="normalization">How an example becomes a network's inputs.</param>
    /// <exception cref="ArgumentException">The shapes differ, a label is not below the classes, or the normalisation does not
    /// fit.</exception>
    public Dataset(string name, ExampleSet train, ExampleSet test, int classes, Normalization normalization)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (train.Shape != test.Shape)
            throw new ArgumentException($"Training examples are {train.Shape}, test examples {test.Shape}.", nameof(test));
        Check(normalization, train.Shape);
        if (train.Labels.AsSpan().ContainsAnyExceptInRange(0, classes - 1))
            throw new ArgumentException($"A training label is not below {classes}.", nameof(train));
        if (test.Labels.AsSpan().ContainsAnyExceptInRange(0, classes - 1))
            throw new ArgumentException($"A test label is not below {classes}.", nameof(test));

        (Name, Train, Test, Classes, Normalization) = (name, train, test, classes, normalization);
        _checksum = new(Hash);
    }

    private Dataset(Dataset same, Normalization normalization, ExampleSet? train = null, ExampleSet? test = null)
    {
        (Name, Train, Test, Classes) = (same.Name, train ?? same.Train, test ?? same.Test, same.Classes);
        Normalization = normalization;
        (ClassNames, FeatureNames, Remarks, _checksum) = (same.ClassNames, same.FeatureNames, same.Remarks, same._checksum);
    }

    /// <summary>The name in the catalogue, or the path the dataset was read from, with its options.</summary>
    public string Name { get; }

    public ExampleSet Train { get; }

    /// <summary>The test examples, of the same shape as the training examples.</summary>
    public ExampleSet Test { get; }

    /// <summary>What each example is.</summary>
    public ExampleShape Shape => Train.Shape;

    /// <summary>Number of classes; every label is below it.</summary>
    public int Classes { get; }

    /// <summary>How an example becomes a network's inputs; the same for training and test examples.</summary>
    public Normalization Normalization { get; }

    /// <summary>What the classes are called, in their order; null where the data do not say.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>What the numbers of a row are called; null where the data do not say, and of images.</summary>
    public IReadOnlyList<string>? FeatureNames { get; init; }

    /// <summary>What a user should know of how the data were read: one line each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>XXH128 of shapes, labels and examples of both halves, hexadecimal: docs/datasets.md has the layout. Of images that are
    /// streamed, their tags stand for them.</summary>
    public string Checksum => _checksum.Value;

    /// <summary>The same examples, which it shares, normalised otherwise.</summary>
    /// <param name="normalization">How an example becomes a network's inputs.</param>
    /// <exception cref="ArgumentException">It does not fit the examples.</exception>
    public Dataset NormalizedBy(Normalization normalization)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        Check(normalization, Shape);
        return new(this, normalization);
    }

    /// <summary>The same examples, which it shares, with other remarks.</summary>
    /// <param name="remarks">One line each.</param>
    public Dataset WithRemarks(IReadOnlyList<string> remarks)
    {
        ArgumentNullException.ThrowIfNull(remarks);
        return new(this, Normalization) { Remarks = remarks };
    }

    /// <summary>The same rows of numbers in another order, under the same checksum.</summary>
    /// <param name="from">For each number of a new row which of an old one it is, or below 0 for a zero.</param>
    /// <param name="names">What the numbers are called.</param>
    /// <param name="normalization">How an example becomes a network's inputs.</param>
    /// <exception cref="ArgumentException">The examples are images, or names or normalisation do not fit.</exception>
    public Dataset Arranged(int[] from, IReadOnlyList<string> names, Normalization normalization)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(normalization);
        if (Shape is not ExampleShape.Vector || names.Count != from.Length)
            throw new ArgumentException($"{names.Count} names and {from.Length} numbers do not fit {Shape}.", nameof(names));
        ExampleShape.Vector shape = new(from.Length);
        Check(normalization, shape);
        ExampleSet Rows(ExampleSet set)
        {
            float[] values = new float[set.Count * from.Length];
            for (int n = 0; n < values.Length; n++)
            {
                (int row, int number) = Math.DivRem(n, from.Length);
                if (from[number] >= 0) values[n] = set.Values[row * Shape.Length + from[number]];
            }

            return new(shape, values, set.Labels);
        }

        return new(this, normalization, Rows(Train), Rows(Test)) { FeatureNames = names };
    }

    /// <summary>A class as messages call it: its number, and its name where it has one.</summary>
    /// <param name="label">Which.</param>
    public string ClassText(int label) => ClassNames is { } names ? $"{label} ('{names[label]}')" : $"{label}";

    private static void Check(Normalization normalization, ExampleShape shape)
    {
        if (normalization.Entries != Normalization.EntriesOf(shape))
            throw new ArgumentException($"A normalisation of {normalization.Entries} entries does not fit {shape}.", nameof(normalization));
    }

    private string Hash()
    {
        XxHash128 hash = new();
        Span<byte> header = stackalloc byte[20];
        foreach (ExampleSet half in new[] { Train, Test })
        {
            (int channels, int rows, int columns) = half.Shape is ExampleShape.Pixels image
                ? (image.Channels, image.Rows, image.Columns)
                : (0, 1, half.Shape.Length);
            int[] sizes = [channels, rows, columns, half.Count, Classes];
            for (int n = 0; n < sizes.Length; n++) BinaryPrimitives.WriteInt32LittleEndian(header[(4 * n)..], sizes[n]);
            hash.Append(header);
            hash.Append(MemoryMarshal.AsBytes<int>(half.Labels));
            hash.Append(half.Pixels);
            if (half.Source is { } source)
            {
                hash.Append(Encoding.UTF8.GetBytes($"{source.Description}\n"));
                for (int n = 0; n < half.Count; n++) hash.Append(Encoding.UTF8.GetBytes($"{source.Tag(n)}\n"));
            }

            hash.Append(MemoryMarshal.AsBytes<float>(half.Values));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
