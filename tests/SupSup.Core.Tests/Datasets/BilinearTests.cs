using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Datasets;

public sealed class BilinearTests
{
    [Theory]
    [InlineData(9, 7, 9, 7)]
    [InlineData(9, 7, 4, 3)]
    [InlineData(5, 8, 13, 20)]
    [InlineData(40, 3, 2, 9)]
    [InlineData(1, 1, 3, 2)]
    public void Given_an_image_when_resized_then_each_level_is_the_mean_weighted_by_a_triangle(
        int rows, int columns, int toRows, int toColumns)
    {
        ExampleShape.Pixels shape = new(2, rows, columns);
        byte[] image = RandomData.Bytes(shape.Length, 3);
        byte[] made = new byte[2 * toRows * toColumns];

        Bilinear.Resize(image, shape, PixelWindow.Of(shape), toRows, toColumns, new(0, 0, toRows, toColumns), made);

        double[][] down = Weights(rows, toRows), across = Weights(columns, toColumns);
        for (int n = 0; n < made.Length; n++)
        {
            (int channel, int row, int column) = (n / (toRows * toColumns), n / toColumns % toRows, n % toColumns);
            double mean = (from y in Enumerable.Range(0, rows)
                           from x in Enumerable.Range(0, columns)
                           select down[row][y] * across[column][x] * image[(channel * rows + y) * columns + x]).Sum();
            Assert.InRange(made[n], mean - 1.01, mean + 1.01); // rounded across, and again down
        }

        if ((rows, columns) == (toRows, toColumns)) Assert.Equal(image, made);
    }

    [Fact]
    public void Given_windows_when_resized_then_pixels_outside_play_no_part_and_the_part_is_that_of_the_whole()
    {
        ExampleShape.Pixels shape = new(1, 12, 10);
        byte[] image = RandomData.Bytes(shape.Length, 4);
        PixelWindow from = new(3, 2, 7, 5);
        byte[] cut = [.. from row in Enumerable.Range(3, 7) from column in Enumerable.Range(2, 5) select image[row * 10 + column]];
        byte[] whole = new byte[6 * 9], ofCut = new byte[6 * 9], part = new byte[2 * 4];

        Bilinear.Resize(image, shape, from, 6, 9, new(0, 0, 6, 9), whole);
        Bilinear.Resize(cut, new(1, 7, 5), new(0, 0, 7, 5), 6, 9, new(0, 0, 6, 9), ofCut);
        Bilinear.Resize(image, shape, from, 6, 9, new(3, 5, 2, 4), part);

        Assert.Equal(whole, ofCut);
        Assert.Equal(from row in Enumerable.Range(3, 2) from column in Enumerable.Range(5, 4) select whole[row * 9 + column], part);
    }

    // The weights of Pillow's bilinear resampling: a triangle, as wide as two pixels of the smaller image.
    private static double[][] Weights(int before, int after)
    {
        double scale = (double)before / after, width = Math.Max(scale, 1);
        return [.. Enumerable.Range(0, after).Select(n =>
        {
            double[] weights = [.. Enumerable.Range(0, before).Select(x => Math.Max(0, 1 - Math.Abs(x + 0.5 - (n + 0.5) * scale) / width))];
            return weights.Select(weight => weight / weights.Sum()).ToArray();
        })];
    }
}
