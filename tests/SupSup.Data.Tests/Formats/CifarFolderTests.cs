using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Data.Tests.Formats;

public sealed class CifarFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Given_records_of_two_labels_when_opened_then_the_fine_one_counts_unless_the_coarse_one_is_asked_for()
    {
        Write("train.bin", [0, 2], [1, 0], [0, 1]);
        Write("test.bin", [1, 2]);
        File.WriteAllText(_folder["fine_label_names.txt"], "ant\nbee\ncat\n");

        Dataset fine = DatasetFiles.Open(_folder.Path);
        Dataset coarse = DatasetFiles.Open($"{_folder.Path}?label=coarse");

        Assert.Equal(new ExampleShape.Pixels(3, 32, 32), fine.Shape);
        Assert.Equal(["ant", "bee", "cat"], fine.ClassNames!);
        Assert.Equal([2, 0, 1], fine.Train.Labels);
        Assert.Equal([0, 1, 0], coarse.Train.Labels);
        Assert.Equal(Pixels(1), fine.Train.Image(1).ToArray());
        Assert.Equal(Pixels(0), fine.Test.Image(0).ToArray());
    }

    [Fact]
    public void Given_batches_of_records_of_one_label_when_opened_then_they_follow_one_another()
    {
        Write("data_batch_1.bin", [0], [1]);
        Write("data_batch_2.bin", [1]);
        Write("test_batch.bin", [1]);

        Dataset data = DatasetFiles.Open(_folder.Path);

        Assert.Equal([0, 1, 1], data.Train.Labels);
        Assert.Equal([.. Pixels(0), .. Pixels(1), .. Pixels(0)], data.Train.Pixels);
    }

    [Fact]
    public void Given_a_file_cut_short_or_missing_when_opened_then_it_is_named()
    {
        Write("train.bin", [0, 2]);
        Assert.Equal(_folder["test.bin"], Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Subject);
        File.WriteAllBytes(_folder["test.bin"], new byte[3075]);
        Assert.Equal(
            "has 3075 bytes, no whole number of records of 3074",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Problem);
    }

    private void Write(string name, params byte[][] labels) =>
        File.WriteAllBytes(_folder[name], [.. labels.SelectMany((label, n) => label.Concat(Pixels(n)))]);

    private static byte[] Pixels(int seed) => [.. Enumerable.Range(0, 3072).Select(n => (byte)(n * 7 + n / 256 + 40 * seed))];
}
