using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Tasks;

/// <summary>A data set made up of seeded noise.</summary>
internal static class SmallImages
{
    public static Dataset Make(int rows = 3, int columns = 4, int classes = 3, int train = 50, int test = 20, int channels = 1)
    {
        ExampleShape.Pixels shape = new(channels, rows, columns);
        return new("noise", Set(shape, classes, train, 1), Set(shape, classes, test, 2), classes, Normalization(channels));
    }

    /// <summary>The same of rows of numbers.</summary>
    public static Dataset Vectors(int width = 5, int classes = 3, int train = 50, int test = 20)
    {
        Dataset bytes = Make(1, width, classes, train, test);
        return new(
            "numbers", Numbers(bytes.Train), Numbers(bytes.Test), classes, Core.Datasets.Normalization.Measure(Numbers(bytes.Train)));

        ExampleSet Numbers(ExampleSet set) =>
            new(new ExampleShape.Vector(width), [.. set.Pixels.Select(pixel => pixel / 7f - 9)], set.Labels);
    }

    private static Normalization Normalization(int channels) => new(
        [.. Enumerable.Range(0, channels).Select(channel => 0.4f - 0.1f * channel)],
            [.. Enumerable.Range(3, channels).Select(n => n / 10f)]);

    private static ExampleSet Set(ExampleShape.Pixels shape, int classes, int count, int seed) =>
        new(shape, RandomData.Bytes(count * shape.Length, seed), [.. Enumerable.Range(0, count).Select(i => i * 7 % classes)]);
}
