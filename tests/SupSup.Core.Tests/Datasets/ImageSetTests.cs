using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Datasets;

public sealed class ImageSetTests
{
    [Fact]
    public void Given_two_images_when_one_is_asked_for_then_its_rows_are_given_in_order()
    {
        var set = new ImageSet(2, 3, [.. Enumerable.Range(0, 12).Select(i => (byte)i)], [7, 8]);

        Assert.Equal((2, 2, 3, 6), (set.Count, set.Rows, set.Columns, set.PixelsPerImage));
        Assert.Equal([6, 7, 8, 9, 10, 11], set.Image(1).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(-1).Length);
    }

    [Theory]
    [InlineData(2, 3, 11, 2)]
    [InlineData(2, 3, 12, 3)]
    [InlineData(0, 3, 0, 2)]
    [InlineData(65536, 65536, 0, 1)]
    public void Given_lengths_that_disagree_when_constructed_then_refused(
        int rows, int columns, int pixels, int labels) =>
        Assert.ThrowsAny<ArgumentException>(() => new ImageSet(rows, columns, new byte[pixels], new byte[labels]));

    [Fact]
    public void Given_halves_that_do_not_fit_when_made_a_dataset_then_refused()
    {
        var set = new ImageSet(1, 2, [0, 1, 2, 3], [0, 2]);
        var otherSize = new ImageSet(2, 1, [0, 1], [0]);
        var normalization = new Normalization(0.5f, 0.5f);

        Assert.Equal(3, new ImageDataset("fits", set, set, 3, normalization).Classes);
        Assert.Equal(256, new ImageDataset("fits", set, set, 256, normalization).Classes);
        Assert.Throws<ArgumentException>(() => new ImageDataset("label", set, set, 2, normalization));
        Assert.Throws<ArgumentException>(() => new ImageDataset("size", set, otherSize, 3, normalization));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageDataset("classes", set, set, 257, normalization));
    }
}
