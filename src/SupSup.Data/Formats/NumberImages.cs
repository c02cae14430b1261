using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>Rows of numbers that an option says are the levels of images.</summary>
internal static class NumberImages
{
    /// <summary>Makes the examples: images where the option <c>pixels</c> is given, else rows of numbers.</summary>
    /// <exception cref="DatasetException">The option does not fit, or a number is no level of 0 to 255.</exception>
    public static ExampleSet Shape(DatasetAddress address, string source, float[] values, int width, int[] labels)
    {
        const string Remedy = "use rows and columns, as pixels=28x28, or channels before them, as pixels=3x32x32";
        if (address.Sides("pixels", Remedy) is not { } sides) return new(new ExampleShape.Vector(width), values, labels);
        if (sides.Length == 1) throw address.Invalid("pixels", address.Text("pixels")!, Remedy);
        ExampleShape.Pixels shape = new(sides.Length == 3 ? sides[0] : 1, sides[^2], sides[^1]);
        if (shape.Length != width)
            throw address.Invalid("pixels", address.Text("pixels")!, $"name sides that make {width}, which is how many numbers a row has");
        int at = Array.FindIndex(values, value => value is < 0 or > 255 || value != MathF.Floor(value));
        return at < 0
            ? new(shape, Array.ConvertAll(values, value => (byte)value), labels)
            : throw new DatasetException(
                source, FormattableString.Invariant($"example {at / width} has {values[at]}, which is no level of 0 to 255"),
                "leave out the option pixels: the data are then rows of numbers");
    }
}
