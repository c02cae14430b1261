using SupSup.Core.Datasets;

namespace SupSup.Data.Published;

/// <summary>CIFAR-10 and CIFAR-100 (Krizhevsky 2009): 50,000 + 10,000 colour images of 32 x 32, in their binary form.</summary>
public static class Cifar
{
    // As the paper's code has them for both.
    private static readonly Normalization Normalization = new([0.491f, 0.482f, 0.447f], [0.247f, 0.243f, 0.262f]);

    /// <summary>Ten classes of 5,000 + 1,000 images.</summary>
    public static IDatasetSource Ten { get; } = new ArchiveSource
    {
        Name = "cifar-10",
        Description = "CIFAR-10, 50,000 + 10,000 colour images of 32 x 32 (archive of its authors)",
        Classes = 10,
        Normalization = Normalization,
        Address = new("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
        Md5 = "c32a1d4ab5d03f1284b67883e8d87530",
        Files =
        [
            .. Enumerable.Range(1, 5).Select(batch => new DatasetFile($"data_batch_{batch}.bin", 30_730_000)),
            new("test_batch.bin", 30_730_000),
            new("batches.meta.txt"),
        ],
    };

    /// <summary>A hundred classes of 500 + 100 images, in 20 coarse ones.</summary>
    public static IDatasetSource Hundred { get; } = new ArchiveSource
    {
        Name = "cifar-100",
        Description = "CIFAR-100, 50,000 + 10,000 colour images of 32 x 32 (archive of its authors)",
        Classes = 100,
        Normalization = Normalization,
        Address = new("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"),
        Md5 = "03b5dce01913d631647c71ecec9e9cb8",
        Files =
        [
            new("train.bin", 153_700_000),
            new("test.bin", 30_740_000),
            new("fine_label_names.txt"),
            new("coarse_label_names.txt"),
        ],
    };
}
