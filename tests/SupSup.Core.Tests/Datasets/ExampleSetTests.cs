using SupSup.Core.Datasets;
using SupSup.Core.Tests.Tasks;

namespace SupSup.Core.Tests.Datasets;

public sealed class ExampleSetTests
{
    private static readonly ExampleSet Two = new(new ExampleShape.Pixels(1, 1, 2), [0, 1, 2, 3], [0, 2]);

    [Fact]
    public void Given_two_images_when_one_is_asked_for_then_its_rows_are_given_in_order()
    {
        var set = new ExampleSet(new ExampleShape.Pixels(1, 2, 3), [.. Enumerable.Range(0, 12).Select(i => (byte)i)], [7, 8]);

        Assert.Equal((2, 6), (set.Count, set.Shape.Length));
        Assert.Equal([6, 7, 8, 9, 10, 11], set.Image(1).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Image(-1).Length);
    }

    [Theory]
    [InlineData(1, 2, 3, 11, 2)]
    [InlineData(1, 2, 3, 12, 3)]
    [InlineData(2, 2, 3, 12, 2)]
    [InlineData(1, 0, 3, 0, 2)]
    [InlineData(0, 2, 3, 0, 2)]
    [InlineData(1, 65536, 65536, 0, 1)]
    public void Given_lengths_that_disagree_when_constructed_then_refused(int channels, int rows, int columns, int pixels, int labels) =>
        Assert.ThrowsAny<ArgumentException>(
            () => new ExampleSet(new ExampleShape.Pixels(channels, rows, columns), new byte[pixels], new int[labels]));

    [Theory]
    [InlineData(3, 5, 2)]
    [InlineData(0, 0, 2)]
    public void Given_numbers_that_make_no_whole_rows_when_constructed_then_refused(int width, int numbers, int labels) =>
        Assert.ThrowsAny<ArgumentException>(() => new ExampleSet(new ExampleShape.Vector(width), new float[numbers], new int[labels]));

    [Fact]
    public void Given_examples_when_some_are_chosen_then_they_are_there_in_that_order()
    {
        var rows = new ExampleSet(new ExampleShape.Vector(2), [1, 2, 3, 4, 5, 6], [0, 1, 2]);

        Assert.Equal([5, 6, 1, 2], rows.Choose([2, 0]).Values);
        Assert.Equal([2, 0], rows.Choose([2, 0]).Labels);
        Assert.Equal([2, 3], Two.Choose([1]).Pixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => Two.Choose([2]));
    }

    [Fact]
    public void Given_halves_that_do_not_fit_when_made_a_dataset_then_refused()
    {
        var otherSize = new ExampleSet(new ExampleShape.Pixels(1, 2, 1), [0, 1], [0]);
        var normalization = new Normalization(0.5f, 0.5f);

        Assert.Equal(3, new Dataset("fits", Two, Two, 3, normalization).Classes);
        Assert.Equal(1000, new Dataset("fits", Two, Two, 1000, normalization).Classes);
        Assert.Throws<ArgumentException>(() => new Dataset("label", Two, Two, 2, normalization));
        Assert.Throws<ArgumentException>(() => new Dataset("negative", Two.WithLabels([0, -1]), Two, 3, normalization));
        Assert.Throws<ArgumentException>(() => new Dataset("size", Two, otherSize, 3, normalization));
        Assert.Throws<ArgumentException>(() => new Dataset("channels", Two, Two, 3, new([0.5f, 0.5f], [0.5f, 0.5f])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dataset("classes", Two, Two, 0, normalization));
    }

    [Fact]
    public void Given_datasets_when_any_content_differs_then_so_does_the_checksum_and_the_name_plays_no_part()
    {
        Dataset images = SmallImages.Make();
        byte[] pixels = [.. images.Test.Pixels];
        pixels[^1] ^= 1;
        var test = new ExampleSet((ExampleShape.Pixels)images.Shape, pixels, images.Test.Labels);
        Dataset With(ExampleSet train, ExampleSet test, int classes = 3) => new("other", train, test, classes, images.Normalization);

        Assert.Equal(images.Checksum, With(images.Train, images.Test).Checksum);
        string[] others =
        [
            images.Checksum, With(images.Train, test).Checksum, With(images.Train, images.Test, 4).Checksum,
            With(images.Train.WithLabels([.. images.Train.Labels.Select(label => 2 - label)]), images.Test).Checksum,
            SmallImages.Make(rows: 4, columns: 3).Checksum, SmallImages.Vectors().Checksum,
        ];
        Assert.Equal(others.Length, others.Distinct().Count());
        Assert.Equal(32, images.Checksum.Length);
    }
}
