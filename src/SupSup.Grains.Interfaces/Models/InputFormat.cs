using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// What one example of a model is, for all of its tasks: its shape, and how it becomes the network's inputs. With it pictures and tables
/// can be sent as they are, whichever task they are of; data of tasks that come later are normalised by it too.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.input-format")]
public sealed record InputFormat
{
    /// <summary>Channels, rows and columns of images, or how many numbers a row has.</summary>
    [Id(0)]
    public required ImmutableArray<int> Shape { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>How pixels or numbers become inputs.</summary>
    [Id(1)]
    public required PixelNormalization Normalization { get; init; }

    /// <summary>What the numbers of a row are called, in their order; empty for nothing, and of images.</summary>
    [Id(2)]
    public ImmutableArray<string> Names { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Whether pictures of other proportions are stretched; otherwise their edges are cut off.</summary>
    [Id(3)]
    public bool Stretch { get; init; }

    /// <summary>Whether examples are images.</summary>
    [JsonIgnore]
    public bool IsImages => Shape.Length == 3;

    /// <summary>The shape as text: "3 x 32 x 32 pixels" or "6 numbers".</summary>
    [JsonIgnore]
    public string ShapeText => IsImages ? $"{string.Join(" x ", Shape)} pixels" : $"{Shape.FirstOrDefault()} numbers";

    /// <summary>The options by which pictures are read in the format, as they follow the name of data: "upload:plants/0?OPTIONS"; empty of
    /// rows of numbers.</summary>
    [JsonIgnore]
    public string PictureOptions => !IsImages ? "" :
        $"size={Shape[1]}x{Shape[2]}&{(Shape[0] == 1 ? "grey" : "colour")}{(Stretch ? "&fit=stretch" : "")}"
            + (Normalization.Even ? "&levels=even" : "");

    /// <summary>Checks that it can be that of a network's inputs.</summary>
    /// <param name="inputs">The network's input size.</param>
    /// <exception cref="SupSupException">InvalidRequest: it cannot.</exception>
    public void Check(int inputs)
    {
        if (Shape.Length is not (1 or 3) || Shape.Any(side => side < 1 || side > inputs) || (IsImages && Shape[0] is not (1 or 3))
            || Shape.Aggregate((Int128)1, (product, side) => product * side) != inputs)
            throw Invalid($"shape [{string.Join(", ", Shape)}] is not that of {inputs} inputs; "
                + "send [channels, rows, columns] of images, with 1 or 3 channels, or [numbers] of rows");
        Normalization.Check(inputs);
        if (Normalization.Numbers == IsImages || (IsImages && Normalization.Means.Length != Shape[0]))
            throw Invalid($"a normalisation by {Normalization} does not fit {ShapeText}; send one mean and deviation for each "
                + (IsImages ? "channel" : "number, and 'numbers': true"));
        if (!Names.IsEmpty && (IsImages || Names.Length != inputs || Names.Any(string.IsNullOrEmpty)
            || Names.Distinct().Count() < Names.Length))
            throw Invalid($"{Names.Length} names do not fit {ShapeText}; send one for each number of a row, all different, or none");
    }

    /// <inheritdoc/>
    public bool Equals(InputFormat? other) =>
        other is not null && Stretch == other.Stretch && Shape.SequenceEqual(other.Shape) && Names.SequenceEqual(other.Names)
        && Normalization == other.Normalization;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Shape.Length, Shape.FirstOrDefault(), Normalization);

    /// <summary>One line: shape and normalisation.</summary>
    public override string ToString() => $"{ShapeText}, {Normalization}";

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
