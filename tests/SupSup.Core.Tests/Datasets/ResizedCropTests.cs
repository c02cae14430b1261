using SupSup.Core.Datasets;
using SupSup.Core.Random;

namespace SupSup.Core.Tests.Datasets;

public sealed class ResizedCropTests
{
    private const ulong Seed = 9;

    // torchvision's get_params, in its own words.
    [Theory]
    [InlineData(375, 500)]
    [InlineData(224, 224)]
    [InlineData(30, 300)]
    [InlineData(300, 30)]
    [InlineData(3, 200)]
    [InlineData(200, 2)]
    [InlineData(1, 1)]
    public void Given_an_image_when_windows_are_drawn_then_they_are_those_of_RandomResizedCrop(int height, int width)
    {
        HashSet<PixelWindow> seen = [];
        for (int example = 0; example < 200; example++)
        {
            PixelWindow window = ResizedCropAugmentation.Draw(
                new(3, height, width), new RandomStream(Seed, StreamPurpose.Augmentation, example));
            Assert.Equal(Expected(new RandomStream(Seed, StreamPurpose.Augmentation, example)), window);
            Assert.InRange(window.Top + window.Rows, 1, height);
            Assert.InRange(window.Left + window.Columns, 1, width);
            seen.Add(window);
        }

        if (Math.Min(height, width) > 100) Assert.InRange(seen.Count, 190, 200);

        PixelWindow Expected(RandomStream random)
        {
            double Uniform(double low, double high) => low + (high - low) * random.NextSingle();
            (double Low, double High) logRatio = (Math.Log(3.0 / 4), Math.Log(4.0 / 3));
            for (int attempt = 0; attempt < 10; attempt++)
            {
                double targetArea = height * width * Uniform(0.08, 1);
                double aspectRatio = Math.Exp(Uniform(logRatio.Low, logRatio.High));
                int w = (int)Math.Round(Math.Sqrt(targetArea * aspectRatio));
                int h = (int)Math.Round(Math.Sqrt(targetArea / aspectRatio));
                if (w is <= 0 || w > width || h is <= 0 || h > height) continue;
                int i = random.NextInt32(height - h + 1);
                return new(i, random.NextInt32(width - w + 1), h, w);
            }

            double ratio = (double)width / height;
            int rows = ratio < 3.0 / 4 ? (int)Math.Round(width / (3.0 / 4)) : height;
            int columns = ratio > 4.0 / 3 ? (int)Math.Round(height * (4.0 / 3)) : width;
            return new((height - rows) / 2, (width - columns) / 2, rows, columns);
        }
    }

    [Fact]
    public void Given_an_image_when_augmented_then_it_is_the_drawn_window_resized_whatever_its_size()
    {
        IAugmentation augmentation = Augmentations.Get("resized-crop:8+flip");
        foreach (ExampleShape.Pixels shape in new ExampleShape.Pixels[] { new(3, 8, 8), new(3, 20, 31) })
        {
            byte[] image = RandomData.Bytes(shape.Length, 6);
            byte[] made = new byte[3 * 64], expected = new byte[3 * 64];
            augmentation.Apply(image, shape, Seed, 4, made);

            RandomStream random = new(Seed, StreamPurpose.Augmentation, 4);
            Bilinear.Resize(image, shape, ResizedCropAugmentation.Draw(shape, random), 8, 8, new(0, 0, 8, 8), expected);
            if (random.NextInt32(2) == 1) expected = [.. expected.Chunk(8).SelectMany(row => row.Reverse())];
            Assert.Equal(expected, made);
            Assert.Equal(new ExampleShape.Pixels(3, 8, 8), augmentation.Made(shape));
        }
    }

    [Theory]
    [InlineData("resized-crop")]
    [InlineData("resized-crop:0")]
    [InlineData("resized-crop:x")]
    public void Given_a_text_without_a_side_when_asked_for_then_the_error_names_it(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<ArgumentException>(() => Augmentations.Get(text)).Message, StringComparison.Ordinal);
}
