using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using SupSup.Shared;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// How levels 0..255 become a network's inputs: (level / 255 - mean) / deviation. It belongs to the data that a task was
/// learned on, and has a mean and a deviation for each channel; channel c of a row is its c-th run of inputs / channels values.
/// Of data that are <see cref="Numbers"/>, an input is (number - mean) / deviation, each by a mean and a deviation of its own.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.pixel-normalization")]
public sealed record PixelNormalization
{
    /// <summary>The mean level of an image that is made even.</summary>
    public const double EvenMean = EvenLevels.Mean;

    /// <summary>The deviation of its levels.</summary>
    public const double EvenDeviation = EvenLevels.Deviation;

    /// <summary>Mean of each channel, in units of full scale (0..1).</summary>
    [Id(0)]
    public required ImmutableArray<float> Means { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>Standard deviation of each channel in the same units, above 0.</summary>
    [Id(1)]
    public required ImmutableArray<float> Deviations { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>Whether the data are rows of numbers, not levels: means and deviations are in the units of each number.</summary>
    [Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Numbers { get; init; }

    /// <summary>Whether each image is made equally bright and contrasted first: its levels get the mean 128 and the deviation 45, over all
    /// channels.</summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Even { get; init; }

    /// <summary>The normalisation of grey images.</summary>
    /// <param name="mean">Mean, 0..1.</param>
    /// <param name="deviation">Standard deviation, above 0.</param>
    public static PixelNormalization Grey(float mean, float deviation) => new() { Means = [mean], Deviations = [deviation] };

    /// <summary>The inputs of pixels.</summary>
    /// <param name="pixels">Grey levels [rows, inputs].</param>
    /// <param name="rows">Number of rows.</param>
    public InputBatch Apply(ReadOnlySpan<byte> pixels, int rows = 1)
    {
        float[] values = new float[pixels.Length];
        for (int n = 0; n < pixels.Length; n++) values[n] = pixels[n];
        Apply(values, rows);
        return new InputBatch { Rows = rows, Values = values };
    }

    /// <summary>Turns grey levels into inputs, in place.</summary>
    /// <param name="levels">Grey levels [rows, inputs].</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="SupSupException">InvalidRequest: a row is no whole number of channels, or the data are numbers.</exception>
    public void Apply(Span<float> levels, int rows)
    {
        if (Numbers)
            throw Invalid("the data are rows of numbers, not pixels; send FP32 values, each (number - mean) / deviation");
        int channels = rows * Means.Length;
        if (channels == 0 || levels.Length % channels != 0)
            throw Invalid($"{levels.Length} grey levels are not {rows} rows of {Means.Length} channels; send [rows, inputs]");
        if (Even) MakeEven(levels, rows);
        int run = levels.Length / channels;
        for (int channel = 0; channel < channels; channel++)
        {
            (float mean, float deviation) = (Means[channel % Means.Length], Deviations[channel % Means.Length]);
            foreach (ref float level in levels.Slice(channel * run, run)) level = (level / 255f - mean) / deviation;
        }
    }

    /// <summary>The inputs of rows of numbers, each by a mean and a deviation of its own.</summary>
    /// <param name="numbers">Numbers as they are [rows, inputs].</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="SupSupException">InvalidRequest: a row has another number of values, or the data are pixels.</exception>
    public InputBatch ApplyToNumbers(ReadOnlySpan<float> numbers, int rows = 1)
    {
        if (!Numbers) throw Invalid("the data are pixels, not rows of numbers; use Apply, which takes levels of 0 to 255");
        if (rows < 1 || numbers.Length != (long)rows * Means.Length)
            throw Invalid($"{numbers.Length} numbers are not {rows} rows of {Means.Length}; send [rows, inputs]");
        float[] values = new float[numbers.Length];
        for (int n = 0; n < values.Length; n++)
            values[n] = (numbers[n] - Means[n % Means.Length]) / Deviations[n % Means.Length];
        return new InputBatch { Rows = rows, Values = values };
    }

    /// <summary>Checks that it can be that of a network's inputs.</summary>
    /// <param name="inputs">The network's input size.</param>
    /// <exception cref="SupSupException">InvalidRequest: it cannot.</exception>
    public void Check(int inputs)
    {
        if (Means.IsEmpty || Means.Length != Deviations.Length || inputs % Means.Length != 0 || (Numbers && inputs != Means.Length))
            throw Invalid($"{Means.Length} means and {Deviations.Length} deviations do not fit {inputs} inputs; send one each per channel");
        if (Numbers && Even) throw Invalid("rows of numbers have no levels to be made even; leave 'even' out");
        if (!Means.All(float.IsFinite) || !Deviations.All(deviation => deviation > 0 && float.IsFinite(deviation)))
            throw Invalid($"a normalisation by {this} is not possible; send finite means, and finite deviations above 0");
    }

    /// <inheritdoc/>
    public bool Equals(PixelNormalization? other) =>
        other is not null && Numbers == other.Numbers && Even == other.Even && Means.SequenceEqual(other.Means)
        && Deviations.SequenceEqual(other.Deviations);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Means.Length, Means.FirstOrDefault(), Deviations.FirstOrDefault());

    /// <summary>One line with every value, joined by commas; of rows of numbers only with how many there are.</summary>
    public override string ToString() =>
        Numbers
            ? $"a mean and deviation for each of {Means.Length} numbers"
            : $"mean {Text(Means)} deviation {Text(Deviations)}{(Even ? " of even levels" : "")}";

    /// <summary>Values as text, exact, joined by commas.</summary>
    /// <param name="values">Means or deviations.</param>
    public static string Text(ImmutableArray<float> values) =>
        string.Join(',', values.Select(value => value.ToString(CultureInfo.InvariantCulture)));

    // Levels that are no whole numbers count as the nearest.
    private static void MakeEven(Span<float> levels, int rows)
    {
        byte[] image = new byte[levels.Length / rows];
        for (int row = 0; row < rows; row++)
        {
            Span<float> own = levels.Slice(row * image.Length, image.Length);
            for (int n = 0; n < own.Length; n++) image[n] = (byte)Math.Clamp(MathF.Round(own[n]), 0, 255);
            byte[] even = EvenLevels.Table(image);
            for (int n = 0; n < own.Length; n++) own[n] = even[image[n]];
        }
    }

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
