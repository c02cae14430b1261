namespace SupSup.Core.Datasets;

/// <summary>Labelled examples of one shape: half of a dataset (training or test).</summary>
public sealed class ExampleSet
{
    /// <summary>Wraps images without copying them; the caller must not change the arrays afterwards.</summary>
    /// <param name="shape">Size of an image; every side is at least 1.</param>
    /// <param name="pixels">Levels 0..255, <c>[count, channels * rows * columns]</c>.</param>
    /// <param name="labels">The class of each image, <c>[count]</c>; its length is the count.</param>
    /// <exception cref="ArgumentException">A side is not positive, or the lengths disagree.</exception>
    public ExampleSet(ExampleShape.Pixels shape, byte[] pixels, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Columns);

        // Int128: the product of four ints passes the range of a long.
        if ((Int128)labels.Length * shape.Channels * shape.Rows * shape.Columns != pixels.Length)
            throw new ArgumentException($"{labels.Length} images of {shape} pixels do not make {pixels.Length} pixels.", nameof(pixels));
        (Shape, Pixels, Values, Labels) = (shape, pixels, [], labels);
    }

    /// <summary>Takes images that are decoded when they are needed, and keeps none of them.</summary>
    /// <param name="shape">Size of an image as tests see it; every side is at least 1.</param>
    /// <param name="source">The images, as many as there are labels, with the channels of the shape.</param>
    /// <param name="labels">The class of each image, <c>[count]</c>; its length is the count.</param>
    public ExampleSet(ExampleShape.Pixels shape, IImageSource source, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Length);
        (Shape, Pixels, Values, Labels, Source) = (shape, [], [], labels, source);
    }

    /// <summary>Wraps rows of numbers without copying them; the caller must not change the arrays afterwards.</summary>
    /// <param name="shape">Width of a row, at least 1.</param>
    /// <param name="values">Finite numbers, <c>[count, width]</c>.</param>
    /// <param name="labels">The class of each row, <c>[count]</c>; its length is the count.</param>
    /// <exception cref="ArgumentException">The width is not positive, or the lengths disagree.</exception>
    public ExampleSet(ExampleShape.Vector shape, float[] values, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Width);
        if ((long)labels.Length * shape.Width != values.Length)
            throw new ArgumentException($"{labels.Length} rows of {shape} do not make {values.Length} numbers.", nameof(values));
        (Shape, Pixels, Values, Labels) = (shape, [], values, labels);
    }

    /// <summary>What each example is.</summary>
    public ExampleShape Shape { get; }

    /// <summary>How many examples there are.</summary>
    public int Count => Labels.Length;

    /// <summary>Where the images come from that are decoded when they are needed; null where all are in memory.</summary>
    public IImageSource? Source { get; }

    /// <summary>Levels 0..255, <c>[Count, Shape.Length]</c>, to be read only; empty where examples are rows of numbers, or have a
    /// <see cref="Source"/>.</summary>
    public byte[] Pixels { get; }

    /// <summary>Numbers, <c>[Count, Shape.Length]</c>, empty where examples are images; to be read only.</summary>
    public float[] Values { get; }

    /// <summary>The class of each example, <c>[Count]</c>; to be read only.</summary>
    public int[] Labels { get; }

    /// <summary>The pixels of one image, one plane after another for each channel.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="DatasetException">It is decoded now, and not there any more or damaged.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        if (Source is null) return Part(Pixels, index);
        byte[] levels = new byte[Shape.Length];
        View(index, levels);
        return levels;
    }

    /// <summary>Copies the pixels of one image.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="levels">Receives one plane after another for each channel.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="DatasetException">It is decoded now, and not there any more or damaged.</exception>
    public void View(int index, Span<byte> levels)
    {
        if (Source is null) Part(Pixels, index).CopyTo(levels);
        else Source.View(Known(index), levels);
    }

    /// <summary>One image as it is stored: of a <see cref="Source"/> its size may be another than the <see cref="Shape"/>.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="use">Gets it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="DatasetException">It is decoded now, and not there any more or damaged.</exception>
    public void Read(int index, ImageUse use)
    {
        ArgumentNullException.ThrowIfNull(use);
        if (Source is null) use(Part(Pixels, index), (ExampleShape.Pixels)Shape);
        else Source.Read(Known(index), use);
    }

    /// <summary>The numbers of one row.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> Row(int index) => Part(Values, index);

    /// <summary>The same examples with other labels.</summary>
    /// <param name="labels">One for each.</param>
    public ExampleSet WithLabels(int[] labels) => Shape switch
    {
        ExampleShape.Pixels pixels => Source is null ? new(pixels, Pixels, labels) : new(pixels, Source, labels),
        _ => new((ExampleShape.Vector)Shape, Values, labels),
    };

    /// <summary>Some of the examples, copied where they are in memory.</summary>
    /// <param name="indices">Which, in their new order.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such example.</exception>
    public ExampleSet Choose(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        foreach (int index in indices) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(indices));
        int[] labels = [.. indices.Select(index => Labels[index])];
        if (Source is not null) return new((ExampleShape.Pixels)Shape, Source.Choose(indices), labels);
        return Shape is ExampleShape.Pixels pixels
            ? new(pixels, Copied(Pixels), labels)
            : new((ExampleShape.Vector)Shape, Copied(Values), labels);

        T[] Copied<T>(T[] all)
        {
            T[] some = new T[indices.Count * Shape.Length];
            for (int n = 0; n < indices.Count; n++) Part(all, indices[n]).CopyTo(some.AsSpan(n * Shape.Length));
            return some;
        }
    }

    private ReadOnlySpan<T> Part<T>(T[] all, int index) => all.AsSpan(Known(index) * Shape.Length, Shape.Length);

    private int Known(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return index;
    }
}
