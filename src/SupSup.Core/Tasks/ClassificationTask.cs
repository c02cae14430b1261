using System.Buffers;
using SupSup.Core.Datasets;
using SupSup.Core.Networks;

namespace SupSup.Core.Tasks;

/// <summary>One task's training and test data, as normalised rows made on demand from the shared dataset. Thread-safe.</summary>
public sealed class ClassificationTask
{
    /// <summary>In <see cref="Source"/>: no pixel of the image, but one of level 0.</summary>
    public const int Background = -1;

    private readonly int[] _source;
    private readonly int[]? _train;
    private readonly int[]? _test;
    private readonly int[]? _classes;
    private readonly int[]? _numbers;
    private readonly float[] _normalized = [];

    /// <summary>Describes a task whose inputs are the dataset's pixels or numbers in some order.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="source">For each input, which pixel or number it is, or <see cref="Background"/>; of images with several channels, the
    /// inputs are as many planes, each of pixels of its own channel.</param>
    /// <param name="train">The training examples that are its own, by their numbers; null for all.</param>
    /// <param name="test">The same of the test examples.</param>
    /// <param name="classes">The dataset's classes that the task numbers from 0, in this order; null for the dataset's own numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pixel, number, example or class.</exception>
    /// <exception cref="ArgumentException">A plane has pixels of another channel, or numbers a background.</exception>
    public ClassificationTask(Dataset dataset, int[] source, int[]? train = null, int[]? test = null, int[]? classes = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(source);
        foreach (int pixel in source)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(pixel, Background, nameof(source));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pixel, dataset.Shape.Length, nameof(source));
        }

        foreach (int image in train ?? [])
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)dataset.Train.Count, nameof(train));
        foreach (int image in test ?? [])
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)image, (uint)dataset.Test.Count, nameof(test));
        foreach (int label in classes ?? [])
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)label, (uint)dataset.Classes, nameof(classes));
        Dataset = dataset;
        _classes = classes;
        _numbers = classes is null ? null : [.. Enumerable.Range(0, dataset.Classes).Select(label => Array.IndexOf(classes, label))];
        _source = source;
        _train = train;
        _test = test;
        Planes = dataset.Shape is ExampleShape.Pixels pixels ? pixels.Channels : 1;
        if (dataset.Shape is ExampleShape.Vector)
        {
            if (source.Contains(Background)) throw new ArgumentException("Rows of numbers have no background.", nameof(source));
            return;
        }

        _normalized = dataset.Normalization.Table();
        (int plane, int channel) = (source.Length / Planes, dataset.Shape.Length / Planes);
        if (plane * Planes != source.Length || source.Where((from, input) => from != Background && from / channel != input / plane).Any())
            throw new ArgumentException($"The inputs are not {Planes} planes, each of its own channel.", nameof(source));
    }

    /// <summary>The dataset that it is made of.</summary>
    public Dataset Dataset { get; }

    /// <summary>For each input, which pixel or number of an example it is, or <see cref="Background"/>; what a device
    /// needs to make the rows itself.</summary>
    public IReadOnlyList<int> Source => _source;

    /// <summary>How many planes the inputs are: one for each channel of an image.</summary>
    public int Planes { get; }

    /// <summary>How its inputs are normalised: as the dataset's channels or, of numbers, each as the one that it is.</summary>
    public Normalization Normalization => Dataset.Shape is ExampleShape.Pixels
        ? Dataset.Normalization
        : new(
            [.. _source.Select(number => Dataset.Normalization.Means[number])],
            [.. _source.Select(number => Dataset.Normalization.Deviations[number])]);

    /// <summary>Input size.</summary>
    public int Inputs => _source.Length;

    /// <summary>Number of classes.</summary>
    public int Classes => _classes?.Length ?? Dataset.Classes;

    /// <summary>What the classes are called, in their order; null where the dataset does not say.</summary>
    public IReadOnlyList<string>? ClassNames =>
        Dataset.ClassNames is { } names && _classes is { } own ? [.. own.Select(label => names[label])] : Dataset.ClassNames;

    /// <summary>Number of training examples.</summary>
    public int TrainCount => _train?.Length ?? Dataset.Train.Count;

    /// <summary>Number of test examples.</summary>
    public int TestCount => _test?.Length ?? Dataset.Test.Count;

    /// <summary>Checks that a network can learn the task.</summary>
    /// <param name="plan">The network's plan.</param>
    /// <exception cref="ArgumentException">The inputs are not those that the network takes, or the classes more than its
    /// outputs.</exception>
    public void CheckFits(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (Inputs == Dataset.Shape.Length) CheckFits(Dataset.Shape, plan);
        else CheckCount(Inputs, plan);
        if (Classes > plan.Outputs)
            throw new ArgumentException($"the data have {Classes} classes, but network {plan} has {plan.Outputs} outputs");
    }

    /// <summary>Checks that a network takes examples of a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="plan">The network's plan.</param>
    /// <exception cref="ArgumentException">It takes another number of values or, over pictures, other planes, rows or columns, or the
    /// examples are no pictures.</exception>
    public static void CheckFits(ExampleShape shape, NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.TakesPictures)
        {
            CheckCount(shape.Length, plan);
            return;
        }

        if (shape is not ExampleShape.Pixels pixels)
            throw new ArgumentException($"the data are rows of {shape}, but network {plan} takes pictures; use hidden layers such as "
                + "512-256, or read the data as pictures ('?pixels=8x8')");
        PlaneShape wanted = plan.Input;
        if (wanted == new PlaneShape(pixels.Channels, pixels.Rows, pixels.Columns)) return;
        string? colours = wanted.Channels == pixels.Channels ? null : wanted.Channels == 1 ? "grey" : "colour";
        string? size = (wanted.Rows, wanted.Columns) == (pixels.Rows, pixels.Columns) ? null : $"size={wanted.Rows}x{wanted.Columns}";
        string options = string.Join('&', new[] { colours, size }.OfType<string>());
        throw new ArgumentException(
            $"the data have {Sides(pixels.Channels, pixels.Rows, pixels.Columns)} (planes x rows x columns), but network {plan} takes "
            + $"{Sides(wanted.Channels, wanted.Rows, wanted.Columns)}; read pictures by '?{options}', or use a network for the data");
    }

    /// <summary>Checks that the task's training images can be augmented.</summary>
    /// <param name="augmentation">How; null for not at all.</param>
    /// <exception cref="ArgumentException">The data are rows of numbers, the task has another order of pixels, or the images would have
    /// another size.</exception>
    public void CheckFits(IAugmentation? augmentation)
    {
        if (augmentation is null) return;
        string problem = $"augmentation '{augmentation.Name}' does not fit {Dataset.Name}: ";
        if (Dataset.Shape is not ExampleShape.Pixels shape)
            throw new ArgumentException($"{problem}its examples are {Dataset.Shape}, no images; use a recipe without augmentation");
        if (!HasOwnOrder)
            throw new ArgumentException($"{problem}the task has its pixels in another order; use a recipe without augmentation, or tasks "
                + "of images as they are");
        if (augmentation.Made(shape) != shape)
            throw new ArgumentException(
                $"{problem}it makes images of {augmentation.Made(shape)}, but the data have {shape}; have both one size");
    }

    /// <summary>Whether its inputs are all of an example's pixels or numbers, in their own order.</summary>
    public bool HasOwnOrder => _source.Length == Dataset.Shape.Length && _source.Index().All(input => input.Item == input.Index);

    /// <summary>The dataset's training example that is one of the task's.</summary>
    /// <param name="example">Which example, below <see cref="TrainCount"/>.</param>
    public int TrainImage(int example) => Image(_train, example);

    /// <summary>The class of a training example.</summary>
    /// <param name="example">Which example, below <see cref="TrainCount"/>.</param>
    public int TrainLabel(int example) => ClassOf(Dataset.Train.Labels[TrainImage(example)]);

    /// <summary>The dataset's test example that is one of the task's.</summary>
    /// <param name="example">Which example, below <see cref="TestCount"/>.</param>
    public int TestImage(int example) => Image(_test, example);

    /// <summary>The task's number of one of the dataset's classes; negative where it is not one of the task's.</summary>
    /// <param name="label">The dataset's number.</param>
    public int ClassOf(int label) => _numbers is { } numbers ? numbers[label] : label;

    /// <summary>Makes a batch of training examples.</summary>
    /// <param name="indices">Which examples.</param>
    /// <param name="inputs">Receives [indices, inputs].</param>
    /// <param name="labels">Receives a class per row.</param>
    public void FillTrain(ReadOnlySpan<int> indices, Span<float> inputs, Span<int> labels) =>
        Fill(Dataset.Train, _train, indices, inputs, labels);

    /// <summary>Makes a batch of training examples, augmented.</summary>
    /// <param name="indices">Which examples.</param>
    /// <param name="inputs">Receives [indices, inputs].</param>
    /// <param name="labels">Receives a class per row.</param>
    /// <param name="augmentation">How, one that fits (<see cref="CheckFits(IAugmentation?)"/>); null for not at all.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="first">How many examples the task saw before.</param>
    public void FillTrain(
        ReadOnlySpan<int> indices, Span<float> inputs, Span<int> labels, IAugmentation? augmentation, ulong taskSeed, int first) =>
        Fill(Dataset.Train, _train, indices, inputs, labels, augmentation is null ? null : new(augmentation, taskSeed, first));

    /// <summary>Makes a run of test examples.</summary>
    /// <param name="start">First example.</param>
    /// <param name="count">How many.</param>
    /// <returns>Inputs [count, inputs] and a class per row.</returns>
    public (float[] Inputs, int[] Labels) Test(int start, int count) => Test(Enumerable.Range(start, count).ToArray());

    /// <summary>Makes a batch of test examples.</summary>
    /// <param name="indices">Which examples.</param>
    /// <returns>Inputs [indices, inputs] and a class per row.</returns>
    public (float[] Inputs, int[] Labels) Test(ReadOnlySpan<int> indices)
    {
        float[] inputs = new float[indices.Length * Inputs];
        int[] labels = new int[indices.Length];
        Fill(Dataset.Test, _test, indices, inputs, labels);
        return (inputs, labels);
    }

    /// <summary>Decodes streamed training images on several threads, ahead of <see cref="Take"/>.</summary>
    /// <param name="count">How many.</param>
    /// <param name="ahead">How many at most before they are taken.</param>
    /// <param name="next">Tells which is next, below <see cref="TrainCount"/>.</param>
    /// <param name="augmentation">How they are augmented; null for not at all.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="first">How many examples the task saw before.</param>
    internal Prefetch<(int Example, int Row), DecodedImage> Decode(
        long count, int ahead, Func<int> next, IAugmentation? augmentation, ulong taskSeed, int first) =>
        Decode(Dataset.Train, _train, count, ahead, next, augmentation is null ? null : new(augmentation, taskSeed, first));

    /// <summary>Makes a batch of images that are decoded ahead.</summary>
    /// <param name="images">The images.</param>
    /// <param name="inputs">Receives [labels, inputs].</param>
    /// <param name="labels">Receives a class per row.</param>
    internal void Take(Prefetch<(int Example, int Row), DecodedImage> images, Span<float> inputs, Span<int> labels)
    {
        for (int row = 0; row < labels.Length; row++)
        {
            DecodedImage image = images.Take();
            labels[row] = image.Label;
            Normalize(image.Levels, inputs.Slice(row * Inputs, Inputs));
            ArrayPool<byte>.Shared.Return(image.Levels);
        }
    }

    private static void CheckCount(int inputs, NetworkPlan plan)
    {
        if (inputs != plan.Inputs) throw new ArgumentException($"the data have {inputs} inputs, but network {plan} has {plan.Inputs}");
    }

    private static string Sides(int planes, int rows, int columns) => $"{planes}x{rows}x{columns}";

    private static int Image(int[]? images, int example)
    {
        if (images is null) return example;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)example, (uint)images.Length, nameof(example));
        return images[example];
    }

    private void Fill(
        ExampleSet set, int[]? examples, ReadOnlySpan<int> indices, Span<float> inputs, Span<int> labels, Variation? variation = null)
    {
        if (set.Source is not null)
        {
            int[] rows = [.. indices];
            int next = 0;
            using var images = Decode(set, examples, rows.Length, 2 * Environment.ProcessorCount, () => rows[next++], variation);
            Take(images, inputs, labels[..rows.Length]);
            return;
        }

        byte[] levels = new byte[1 + set.Shape.Length];
        for (int row = 0; row < indices.Length; row++)
        {
            int example = Image(examples, indices[row]);
            Span<float> target = inputs.Slice(row * Inputs, Inputs);
            if (set.Shape is ExampleShape.Pixels)
            {
                Read(set, example, variation, row, levels);
                Normalize(levels, target);
            }
            else
            {
                ReadOnlySpan<float> values = set.Row(example);
                for (int j = 0; j < target.Length; j++) target[j] = Dataset.Normalization.Apply(values[_source[j]], _source[j]);
            }

            labels[row] = ClassOf(set.Labels[example]);
        }
    }

    private Prefetch<(int Example, int Row), DecodedImage> Decode(
        ExampleSet set, int[]? examples, long count, int ahead, Func<int> next, Variation? variation)
    {
        int row = 0;
        return new(count, ahead, () => (Image(examples, next()), row++), image =>
        {
            byte[] levels = ArrayPool<byte>.Shared.Rent(1 + set.Shape.Length);
            Read(set, image.Example, variation, image.Row, levels);
            return new(levels, ClassOf(set.Labels[image.Example]));
        });
    }

    // The background goes before the image's pixels, so that every input is one look-up, without a question.
    private static void Read(ExampleSet set, int example, Variation? variation, int row, byte[] levels)
    {
        levels[0] = 0;
        int length = set.Shape.Length;
        if (variation is not { } vary) set.View(example, levels.AsSpan(1, length));
        else if (vary.Augmentation.TakesAnySize) set.Read(example, Augment);
        else Augment(set.Image(example), (ExampleShape.Pixels)set.Shape);

        void Augment(ReadOnlySpan<byte> image, ExampleShape.Pixels shape) =>
            vary.Augmentation.Apply(image, shape, vary.TaskSeed, vary.First + row, levels.AsSpan(1, length));
    }

    private void Normalize(byte[] levels, Span<float> target)
    {
        int plane = target.Length / Planes;
        for (int channel = 0; channel < Planes; channel++)
            FillPlane(_source.AsSpan(channel * plane, plane), levels, _normalized.AsSpan(256 * channel, 256), target[(channel * plane)..]);
    }

    private static void FillPlane(ReadOnlySpan<int> source, byte[] levels, ReadOnlySpan<float> normalized, Span<float> target)
    {
        for (int j = 0; j < source.Length; j++) target[j] = normalized[levels[source[j] - Background]];
    }

    private readonly record struct Variation(IAugmentation Augmentation, ulong TaskSeed, int First);
}
