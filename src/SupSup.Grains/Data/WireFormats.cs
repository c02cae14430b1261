using System.Collections.Immutable;
using SupSup.Core.Datasets;
using SupSup.Data;
using SupSup.Data.Formats;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>A model's format of inputs, and datasets.</summary>
public static class WireFormats
{
    /// <summary>The format that the examples of a dataset have.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="stretch">Whether pictures are stretched to the shape.</param>
    public static InputFormat Of(Dataset dataset, bool stretch = false) => new()
    {
        Shape = dataset.Shape is ExampleShape.Pixels pixels ? [pixels.Channels, pixels.Rows, pixels.Columns] : [dataset.Shape.Length],
        Normalization = dataset.Normalization.OnTheWire(dataset.Shape is ExampleShape.Vector),
        Names = [.. dataset.FeatureNames ?? []],
        Stretch = stretch,
    };

    /// <summary>The examples of a dataset as those of a model.</summary>
    /// <param name="format">The model's.</param>
    /// <param name="dataset">The dataset.</param>
    /// <param name="model">What messages call the model.</param>
    /// <returns>The same examples, normalised by the format; rows of numbers in its order, by their names.</returns>
    /// <exception cref="SupSupException">InvalidRequest: they have another shape, or not the numbers that the model takes.</exception>
    public static Dataset Fit(this InputFormat format, Dataset dataset, string model)
    {
        InputFormat own = Of(dataset);
        Normalization normalization = new(format.Normalization.Means, format.Normalization.Deviations)
        {
            IsEven = format.Normalization.Even,
        };
        if (!format.Names.IsEmpty && !own.Names.IsEmpty && !format.Names.SequenceEqual(own.Names))
            return dataset.Arranged(Places(format.Names, own.Names, dataset.Name, model), format.Names, normalization);
        if (!own.Shape.SequenceEqual(format.Shape))
        {
            string remedy = format.IsImages && !own.Normalization.Numbers
                ? $"have them made so by options, as '{dataset.Name.Split('?')[0]}?{format.PictureOptions}'"
                : "choose another model, which may be a new one";
            throw Invalid($"examples of {dataset.Name} are {own.ShapeText}, but those of {model} are {format.ShapeText}; {remedy}");
        }

        if (own.Normalization.Even != format.Normalization.Even)
        {
            string remedy = format.Normalization.Even ? "give the option levels=even" : "leave the option levels out";
            throw Invalid($"images of {dataset.Name} are {Levels(own)}, but those of {model} are {Levels(format)}; {remedy}");
        }

        return dataset.NormalizedBy(normalization);
    }

    // Where the numbers that the model takes are among those of the data. A text that the data do not have is a zero, and one that only
    // they have is passed over, as a test half's is.
    private static int[] Places(ImmutableArray<string> taken, ImmutableArray<string> own, string dataset, string model)
    {
        Dictionary<string, int> at = own.Select((name, n) => (name, n)).ToDictionary(pair => pair.name, pair => pair.n);
        HashSet<string> texts = [.. own.SelectMany(Columns)], modelTexts = [.. taken.SelectMany(Columns)];
        string? missing = taken.FirstOrDefault(name => !at.ContainsKey(name) && !Columns(name).Any(texts.Contains));
        if (missing is not null)
            throw Invalid($"{dataset} has no column for '{missing}', which {model} takes; give the table the same columns");
        HashSet<string> known = [.. taken];
        string? more = own.FirstOrDefault(name => !known.Contains(name) && !Columns(name).Any(modelTexts.Contains));
        return more is null
            ? [.. taken.Select(name => at.GetValueOrDefault(name, -1))]
            : throw Invalid($"{dataset} has '{more}', which {model} does not take; leave it out, as '?drop={more.Split('=')[0]}'");
    }

    // The columns that a number may be a text of: it is called COLUMN=TEXT, and either may have that character itself.
    private static IEnumerable<string> Columns(string name)
    {
        for (int at = name.IndexOf('=', StringComparison.Ordinal); at > 0; at = name.IndexOf('=', at + 1)) yield return name[..at];
    }

    /// <summary>An address of data as a model takes them: pictures of its size, said in full, so that the same address means the same
    /// data.</summary>
    /// <param name="format">What the model's inputs are; null where it does not say.</param>
    /// <param name="address">The address.</param>
    public static DatasetAddress AsTaken(this InputFormat? format, DatasetAddress address) =>
        format is { IsImages: true } && DatasetFiles.IsPictureFolder(address.Path)
            ? format.PictureOptions.Split('&').Aggregate(address, (before, option) => before.Completed(option))
            : address;

    /// <summary>As <see cref="AsTaken(InputFormat?, DatasetAddress)"/>, of a path with options or the name of a dataset.</summary>
    /// <param name="format">What the model's inputs are; null where it does not say.</param>
    /// <param name="given">Path or name.</param>
    public static string AsTaken(this InputFormat? format, string given) =>
        DatasetStore.IsPath(given) ? format.AsTaken(DatasetAddress.Parse(given)).ToString() : given;

    private static string Levels(InputFormat format) => format.Normalization.Even ? "equally bright" : "as bright as they are";

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
