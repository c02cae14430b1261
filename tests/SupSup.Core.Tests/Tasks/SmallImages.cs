using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Tasks;

/// <summary>A data set made up of seeded noise.</summary>
internal static class SmallImages
{
    public static ImageDataset Make(int rows = 3, int columns = 4, int classes = 3, int train = 50, int test = 20) =>
        new("noise", Set(rows, columns, classes, train, 1), Set(rows, columns, classes, test, 2), classes, new Normalization(0.4f, 0.3f));

    private static ImageSet Set(int rows, int columns, int classes, int count, int seed) =>
        new(rows, columns, RandomData.Bytes(count * rows * columns, seed),
            [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7 % classes))]);
}
