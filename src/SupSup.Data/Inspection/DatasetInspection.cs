using System.IO.Hashing;
using System.Runtime.InteropServices;
using SupSup.Core.Datasets;

namespace SupSup.Data.Inspection;

/// <summary>A class of a dataset and its examples.</summary>
/// <param name="Number">Its label.</param>
/// <param name="Name">What it is called; null where the data do not say.</param>
/// <param name="Train">Training examples.</param>
/// <param name="Test">Test examples.</param>
public sealed record ClassCount(int Number, string? Name, int Train, int Test);

/// <summary>What was understood of a dataset, and what is odd about it.</summary>
/// <param name="Name">The name or address.</param>
/// <param name="Kind">"images" or "numbers".</param>
/// <param name="Shape">Channels, rows and columns of an image, or how many numbers a row has.</param>
/// <param name="Inputs">Inputs that a network needs.</param>
/// <param name="Train">Training examples.</param>
/// <param name="Test">Test examples.</param>
/// <param name="Classes">The classes.</param>
/// <param name="Means">Of each channel or number, of the training half.</param>
/// <param name="Deviations">The same.</param>
/// <param name="Features">What the numbers of a row are called; null where the data do not say.</param>
/// <param name="Checksum">XXH128 of the contents.</param>
/// <param name="Duplicates">Test examples that are training examples too.</param>
/// <param name="Warnings">One line each.</param>
public sealed record DatasetInspection(
    string Name, string Kind, IReadOnlyList<int> Shape, int Inputs, int Train, int Test, IReadOnlyList<ClassCount> Classes,
    IReadOnlyList<float> Means, IReadOnlyList<float> Deviations, IReadOnlyList<string>? Features, string Checksum, int Duplicates,
    IReadOnlyList<string> Warnings)
{
    /// <summary>Looks at a dataset.</summary>
    /// <param name="dataset">The dataset.</param>
    public static DatasetInspection Of(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        (int[] train, int[] test) = (Counts(dataset, dataset.Train), Counts(dataset, dataset.Test));
        List<string> warnings = [.. dataset.Remarks];
        int[] untested = [.. Enumerable.Range(0, dataset.Classes).Where(label => train[label] > 0 && test[label] == 0)];
        if (untested.Length > 0)
            warnings.Add($"{untested.Length} classes have no test example, the first is {dataset.ClassText(untested[0])}");
        int most = train.Max();
        int[] rare = [.. Enumerable.Range(0, dataset.Classes).Where(label => train[label] > 0 && train[label] * 20 < most)];
        if (rare.Length > 0)
            warnings.Add(
                $"class {dataset.ClassText(rare[0])} has {train[rare[0]]} training examples, the largest has {most}"
                    + (rare.Length > 1 ? $"; {rare.Length - 1} more are as rare" : ""));
        bool isStreamed = dataset.Train.Source is not null;
        if (isStreamed) warnings.Add("the pictures are streamed: test examples that are training examples too are not looked for");
        (int duplicates, (int Train, int Test) first) = isStreamed ? default : Duplicated(dataset);
        if (duplicates > 0)
            warnings.Add(
                $"{duplicates} of {dataset.Test.Count} test examples are training examples too, the first is test example {first.Test}, "
                    + $"training example {first.Train}; accuracy on them is memory");
        bool isImages = dataset.Shape is ExampleShape.Pixels;
        return new(
            dataset.Name, isImages ? "images" : "numbers",
            dataset.Shape is ExampleShape.Pixels pixels ? [pixels.Channels, pixels.Rows, pixels.Columns] : [dataset.Shape.Length],
            dataset.Shape.Length, dataset.Train.Count, dataset.Test.Count,
            [.. train.Select((count, label) => new ClassCount(label, dataset.ClassNames?[label], count, test[label]))],
            dataset.Normalization.Means, dataset.Normalization.Deviations, dataset.FeatureNames, dataset.Checksum, duplicates, warnings);
    }

    private static int[] Counts(Dataset dataset, ExampleSet half)
    {
        int[] counts = new int[dataset.Classes];
        foreach (int label in half.Labels) counts[label]++;
        return counts;
    }

    private static (int Count, (int Train, int Test) First) Duplicated(Dataset dataset)
    {
        Dictionary<UInt128, int> known = [];
        for (int n = 0; n < dataset.Train.Count; n++) known.TryAdd(Hash(dataset.Train, n), n);
        (int count, (int Train, int Test) first) = (0, (0, 0));
        for (int n = 0; n < dataset.Test.Count; n++)
            if (known.TryGetValue(Hash(dataset.Test, n), out int same) && count++ == 0) first = (same, n);
        return (count, first);
    }

    private static UInt128 Hash(ExampleSet set, int example) => XxHash128.HashToUInt128(
        set.Shape is ExampleShape.Pixels ? set.Image(example) : MemoryMarshal.AsBytes(set.Row(example)));
}
