using SkiaSharp;
using SupSup.Core.Datasets;
using SupSup.Data.Inspection;

namespace SupSup.Data.Tests.Inspection;

public sealed class DatasetInspectionTests
{
    [Fact]
    public void Given_images_with_oddities_when_inspected_then_they_are_counted_and_warned_of()
    {
        ExampleShape.Pixels shape = new(1, 1, 2);
        byte[] pixels = [.. Enumerable.Range(0, 82).Select(n => (byte)n)];
        ExampleSet train = new(shape, pixels, [.. Enumerable.Repeat(0, 40), 2]);
        ExampleSet test = new(shape, [8, 9, 200, 201, 10, 11], [0, 0, 0]);
        Dataset data = new("odd", train, test, 3, Normalization.Measure(train)) { ClassNames = ["a", "b", "c"], Remarks = ["told"] };

        DatasetInspection found = DatasetInspection.Of(data);

        Assert.Equal(("images", 2, 41, 3, 2), (found.Kind, found.Inputs, found.Train, found.Test, found.Duplicates));
        Assert.Equal([new(0, "a", 40, 3), new(1, "b", 0, 0), new(2, "c", 1, 0)], found.Classes);
        Assert.Equal(
            [
                "told", "1 classes have no test example, the first is 2 ('c')", "class 2 ('c') has 1 training examples, the largest has 40",
                "2 of 3 test examples are training examples too, the first is test example 0, training example 4; accuracy on them is "
                    + "memory",
            ],
            found.Warnings);
    }

    [Fact]
    public void Given_images_and_rows_when_a_sheet_is_drawn_then_every_class_has_a_row_of_its_examples()
    {
        ExampleSet images = new(new ExampleShape.Pixels(3, 1, 1), [255, 0, 0, 0, 255, 0], [0, 1]);
        ExampleSet rows = new(new ExampleShape.Vector(1), [5, -5], [0, 1]);

        using SKBitmap colours = Drawn(images);
        using SKBitmap greys = Drawn(rows);

        Assert.Equal((2 * 52 + 4, 160 + 12 * 52 + 4), (colours.Height, colours.Width));
        Assert.Equal([SKColors.Red, new SKColor(0, 255, 0)], new[] { 28, 80 }.Select(y => colours.GetPixel(184, y)));
        Assert.Equal([new SKColor(170, 170, 170), new SKColor(85, 85, 85)], new[] { 28, 80 }.Select(y => greys.GetPixel(184, y)));

        static SKBitmap Drawn(ExampleSet set) =>
            SKBitmap.Decode(ContactSheet.Draw(new Dataset("x", set, set, 2, Normalization.Measure(set))));
    }
}
