namespace SupSup.Core.Datasets;

/// <summary>What one example of a dataset is: an image or a row of numbers.</summary>
public abstract record ExampleShape
{
    private ExampleShape()
    {
    }

    /// <summary>How many pixels or numbers an example has.</summary>
    public abstract int Length { get; }

    /// <summary>An image of bytes, one plane of rows after another for each channel.</summary>
    /// <param name="Channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="Rows">Height.</param>
    /// <param name="Columns">Width.</param>
    public sealed record Pixels(int Channels, int Rows, int Columns) : ExampleShape
    {
        /// <inheritdoc/>
        public override int Length => Channels * Plane;

        /// <summary>Pixels of one channel.</summary>
        public int Plane => Rows * Columns;

        /// <summary>The same order of pixels in each channel.</summary>
        /// <param name="source">Of one plane: for each pixel which it is, or below 0 for none.</param>
        public int[] InEachChannel(int[] source) =>
            [.. Enumerable.Range(0, Channels).SelectMany(channel => source.Select(from => from < 0 ? from : channel * Plane + from))];

        /// <summary>The size, with the channels where there are several.</summary>
        public override string ToString() => Channels == 1 ? $"{Rows} x {Columns}" : $"{Channels} x {Rows} x {Columns}";
    }

    /// <summary>A row of numbers.</summary>
    /// <param name="Width">How many.</param>
    public sealed record Vector(int Width) : ExampleShape
    {
        /// <inheritdoc/>
        public override int Length => Width;

        /// <inheritdoc/>
        public override string ToString() => $"{Width} numbers";
    }
}
