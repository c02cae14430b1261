using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Tasks;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Datasets;

public sealed class AugmentationTests
{
    private const ulong Seed = 5;
    private static readonly ExampleShape.Pixels Shape = new(3, 4, 5);
    private static readonly byte[] Image = [.. Enumerable.Range(1, Shape.Length).Select(n => (byte)n)];

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Given_a_crop_when_applied_then_the_image_moves_by_what_was_drawn_over_a_border_of_level_0(int padding)
    {
        for (int example = 0; example < 40; example++)
        {
            RandomStream drawn = new(Seed, StreamPurpose.Augmentation, example);
            (int down, int right) = (drawn.NextInt32(2 * padding + 1) - padding, drawn.NextInt32(2 * padding + 1) - padding);
            Assert.Equal(
                from channel in Enumerable.Range(0, 3)
                from row in Enumerable.Range(0, 4)
                from column in Enumerable.Range(0, 5)
                select Level(channel, row + down, column + right),
                Augmented($"crop:{padding}", example));
        }

        byte Level(int channel, int row, int column) =>
            row is < 0 or >= 4 || column is < 0 or >= 5 ? (byte)0 : Image[(channel * 4 + row) * 5 + column];
    }

    [Fact]
    public void Given_a_flip_when_applied_then_images_are_mirrored_or_not_as_was_drawn()
    {
        byte[] mirrored = [.. Image.Chunk(Shape.Columns).SelectMany(row => row.Reverse())];
        bool[] isMirrored = [.. Enumerable.Range(0, 400).Select(example => Augmented("flip", example).SequenceEqual(mirrored))];

        Assert.Equal(
            Enumerable.Range(0, 400).Select(example => new RandomStream(Seed, StreamPurpose.Augmentation, example).NextInt32(2) == 1),
            isMirrored);
        Assert.InRange(isMirrored.Count(yes => yes), 160, 240);
        Assert.Equal(Image, Augmented("flip", Array.IndexOf(isMirrored, false)));
    }

    [Fact]
    public void Given_steps_when_applied_then_each_goes_on_with_the_image_and_the_numbers_of_the_one_before()
    {
        for (int example = 0; example < 20; example++)
        {
            RandomStream random = new(Seed, StreamPurpose.Augmentation, example);
            (byte[] cropped, byte[] expected) = (new byte[Shape.Length], new byte[Shape.Length]);
            Augmentations.Get("crop:1").Apply(Image, Shape, random, cropped);
            Augmentations.Get("flip").Apply(cropped, Shape, random, expected);
            Assert.Equal(expected, Augmented("crop:1+flip", example));
        }
    }

    [Theory]
    [InlineData("", "unknown augmentation ''")]
    [InlineData("crop", "use one of crop:PADDING, resized-crop:SIDE, flip, such as crop:4+flip")]
    [InlineData("crop:0", "'crop:0': use the width of the border in pixels, 1 to 1024")]
    [InlineData("crop:x+flip", "'crop:x'")]
    [InlineData("flip:2", "unknown augmentation 'flip:2'")]
    [InlineData("flip+", "unknown augmentation ''")]
    public void Given_a_text_that_is_no_augmentation_when_a_recipe_is_checked_then_the_error_names_it(string text, string named)
    {
        Recipe recipe = Recipes.Get("fast") with { Augmentation = text };

        Assert.Contains(named, Assert.Throws<ArgumentException>(recipe.Validated).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_more_examples_than_are_numbered_when_an_augmenting_recipe_is_checked_then_it_is_refused()
    {
        Recipe recipe = Recipes.Get("fast") with { Augmentation = "flip", Batches = 1 << 20, BatchSize = 1 << 11 };

        Assert.Contains("set fewer batches", Assert.Throws<ArgumentException>(recipe.Validated).Message, StringComparison.Ordinal);
        Assert.NotNull((recipe with { Batches = (1 << 20) - 1 }).Validated());
    }

    [Fact]
    public void Given_a_batch_when_made_augmented_then_rows_are_of_the_examples_that_follow_those_seen_before()
    {
        Dataset dataset = SmallImages.Make(channels: 3);
        ClassificationTask task = new WholeFamily().Make(dataset, 1, 0);
        IAugmentation augmentation = Augmentations.Get("crop:1+flip");
        float[] inputs = new float[3 * task.Inputs];
        int[] labels = new int[3];

        task.FillTrain([7, 0, 7], inputs, labels, augmentation, Seed, 100);

        Assert.Equal(new[] { 7, 0, 7 }.Select(task.TrainLabel), labels);
        foreach ((int row, int example) in new[] { 7, 0, 7 }.Index())
        {
            byte[] expected = new byte[task.Inputs];
            augmentation.Apply(dataset.Train.Image(example), (ExampleShape.Pixels)dataset.Shape, Seed, 100 + row, expected);
            Assert.Equal(
                expected.Select((level, n) => dataset.Normalization.Apply(level, n / 12)),
                inputs.AsSpan(row * task.Inputs, task.Inputs).ToArray());
        }
    }

    [Theory]
    [InlineData("permuted", "has its pixels in another order; use a recipe without augmentation")]
    [InlineData("rotated", "has its pixels in another order; use a recipe without augmentation")]
    [InlineData("numbers", "numbers: its examples are 5 numbers, no images")]
    public void Given_a_task_that_is_no_picture_when_checked_then_augmentation_is_refused(string which, string problem)
    {
        ClassificationTask task = which == "numbers"
            ? new WholeFamily().Make(SmallImages.Vectors(), 1, 0)
            : TaskFamilies.Get(which).Make(SmallImages.Make(), 1, 9);

        var error = Assert.Throws<ArgumentException>(() => task.CheckFits(Augmentations.Get("crop:4+flip")));

        Assert.Contains("augmentation 'crop:4+flip' does not fit", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        task.CheckFits((IAugmentation?)null);
    }

    [Fact]
    public void Given_an_augmentation_to_another_size_when_checked_then_both_sizes_are_named()
    {
        ClassificationTask task = new WholeFamily().Make(SmallImages.Make(), 1, 0);

        var error = Assert.Throws<ArgumentException>(() => task.CheckFits(Augmentations.Get("resized-crop:8")));

        Assert.Contains("noise: it makes images of 8 x 8, but the data have 3 x 4", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Augmented(string text, int example)
    {
        byte[] made = new byte[Shape.Length];
        Augmentations.Get(text).Apply(Image, Shape, Seed, example, made);
        return made;
    }
}
