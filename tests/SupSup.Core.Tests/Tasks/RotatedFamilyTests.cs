using System.Security.Cryptography;
using System.Text;
using SupSup.Core.Datasets;
using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class RotatedFamilyTests
{
    //  0 1 2      2 5 8      8 7 6      6 3 0
    //  3 4 5      1 4 7      5 4 3      7 4 1
    //  6 7 8      0 3 6      2 1 0      8 5 2
    [Theory]
    [InlineData(0, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 })]
    [InlineData(90, new[] { 2, 5, 8, 1, 4, 7, 0, 3, 6 })]
    [InlineData(180, new[] { 8, 7, 6, 5, 4, 3, 2, 1, 0 })]
    [InlineData(270, new[] { 6, 3, 0, 7, 4, 1, 8, 5, 2 })]
    public void Given_a_right_angle_when_an_image_is_turned_then_every_pixel_is_where_it_belongs(int degrees, int[] source) =>
        Assert.Equal(source, RotatedFamily.Source(3, 3, degrees));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(28)]
    public void Given_a_square_when_turned_four_times_by_a_right_angle_then_each_is_a_turn_of_the_one_before(int side)
    {
        int[] quarter = RotatedFamily.Source(side, side, 90);
        int[] turned = [.. Enumerable.Range(0, side * side)];
        for (int degrees = 0; degrees < 360; degrees += 90)
        {
            Assert.Equal(turned, RotatedFamily.Source(side, side, degrees));
            turned = [.. quarter.Select(pixel => turned[pixel])];
        }

        Assert.Equal(Enumerable.Range(0, side * side), turned);
    }

    // What Image.rotate of Pillow 9.4.0 makes of an image whose pixels have their numbers as colours.
    [Theory]
    [InlineData(10, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 })]
    [InlineData(30, new[] { -1, 2, 2, 7, 0, 5, 6, 11, 4, 9, 9, -1 })]
    [InlineData(90, new[] { 3, 7, 11, -1, 2, 6, 10, -1, 1, 5, 9, -1 })]
    [InlineData(180, new[] { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 })]
    [InlineData(270, new[] { -1, 9, 5, 1, -1, 10, 6, 2, -1, 11, 7, 3 })]
    public void Given_an_image_that_is_not_square_when_turned_then_what_comes_from_outside_is_background(int degrees, int[] source) =>
        Assert.Equal(source, RotatedFamily.Source(3, 4, degrees));

    // The same Pillow: a line per task, of the pixels' numbers with commas between them.
    [Fact]
    public void Given_all_tasks_of_28_by_28_pixels_when_made_then_every_pixel_is_that_of_the_papers_code()
    {
        string all = string.Join('\n', Enumerable.Range(0, 36).Select(task => string.Join(',', RotatedFamily.Source(28, 28, 10 * task))));

        Assert.Equal("4DC3569EF1C50F2D2ABA20D1AAF06854902AD74A98E2327A2A8E604BFBC8C61F",
            Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(all))));
    }

    // Plain geometry in double precision; only a centre that comes from the very edge between two pixels may fall on either.
    [Fact]
    public void Given_10_degrees_when_an_image_is_turned_then_each_pixel_is_the_one_that_its_centre_comes_from()
    {
        int[] source = RotatedFamily.Source(28, 28, 10);
        double angle = Math.PI / 18;
        int compared = 0;
        for (int pixel = 0; pixel < source.Length; pixel++)
        {
            // From the centre, upwards and to the right, turned clockwise: back to where it came from.
            (double right, double up) = (pixel % 28 - 13.5, 13.5 - pixel / 28);
            double column = 14 + right * Math.Cos(angle) + up * Math.Sin(angle);
            double row = 14 - (up * Math.Cos(angle) - right * Math.Sin(angle));
            if (Math.Abs(column - Math.Round(column)) < 0.001 || Math.Abs(row - Math.Round(row)) < 0.001) continue;
            bool isInside = column is > 0 and < 28 && row is > 0 and < 28;
            Assert.Equal(isInside ? (int)row * 28 + (int)column : ClassificationTask.Background, source[pixel]);
            compared++;
        }

        Assert.InRange(compared, 770, 784);
        Assert.Equal(56, source.Count(pixel => pixel == ClassificationTask.Background));
    }

    [Fact]
    public void Given_images_of_several_channels_when_turned_then_each_channel_is_on_the_black_of_its_own()
    {
        Dataset dataset = SmallImages.Make(channels: 2);

        (float[] inputs, _) = new RotatedFamily().Make(dataset, 5, 9).Test(8, 1);

        Assert.Equal(
            from channel in Enumerable.Range(0, 2)
            from pixel in RotatedFamily.Source(3, 4, 90)
            select dataset.Normalization.Apply(pixel < 0 ? (byte)0 : dataset.Test.Image(8)[channel * 12 + pixel], channel), inputs);
    }

    [Fact]
    public void Given_rows_of_numbers_when_turned_then_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => new RotatedFamily().Make(SmallImages.Vectors(), 1, 0));

        Assert.Equal("task family 'rotated' turns images, but numbers has rows of 5 numbers", error.Message);
    }

    [Fact]
    public void Given_a_task_when_rows_are_made_then_they_are_the_turned_images_on_black_whatever_the_seed()
    {
        Dataset dataset = SmallImages.Make();
        float[] inputs = new float[12];
        int[] labels = new int[1];

        new RotatedFamily().Make(dataset, 5, 3).FillTrain([8], inputs, labels);

        float[] turned = [.. RotatedFamily.Source(3, 4, 30)
            .Select(pixel => dataset.Normalization.Apply(pixel < 0 ? (byte)0 : dataset.Train.Image(8)[pixel]))];
        Assert.Equal(turned, inputs);
        Assert.Equal(dataset.Train.Labels[8], labels[0]);
        Assert.Equal(turned, new RotatedFamily().Make(new("swapped", dataset.Test, dataset.Train, 3, dataset.Normalization), 6, 3)
            .Test(8, 1).Inputs);
    }
}
