using System.Xml.Linq;
using SkiaSharp;
using SupSup.Core.Datasets;
using SupSup.Core.Training;
using SupSup.Experiments.Tests.Methods;
using SupSup.Experiments.Tests.Running;
using SupSup.Experiments.Walkthrough;

namespace SupSup.Experiments.Tests.Walkthrough;

public sealed class WalkthroughTests
{
    private static readonly WalkthroughSettings Settings = new()
    {
        Tasks = 4,
        Network = "48-32",
        Outputs = 20,
        Recipe = Recipes.Get("fast") with { Batches = 150, BatchSize = 16 },
        Queries = 10,
    };

    [Fact]
    public async Task Given_small_tasks_when_walked_through_then_what_is_noted_is_the_method_and_its_figures_are_drawn()
    {
        WalkthroughRecord record =
            await new WalkthroughRun(Settings, SmallData.Images, new Small.Silent()).RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(150, record.Losses.Length);
        Assert.True(record.Losses[^10..].Average() < record.Losses[..10].Average() / 2, "the loss falls");
        MaskMoment start = record.Moments[0], end = record.Moments[^1];
        Assert.Equal((0, 150), (start.Batches, end.Batches));
        Assert.Equal([0.0, 0, 0], start.Changed);
        Assert.All(end.Changed, share => Assert.InRange(share, 0.01, 0.5));
        Assert.Equal(end.Changed[0], end.ChangedOfPixels.Average(), 9);
        Assert.Equal(record.Accuracies[Settings.ShownTask], end.Accuracy);
        Assert.True(end.Accuracy > 0.6, $"{end.Accuracy}");

        double right = WalkthroughRecord.Entropy(record.Alone[Settings.ShownTask]);
        Assert.True(right < WalkthroughRecord.Entropy(record.Superimposed), "the right mask is surer than all together");
        Assert.Equal(1, record.Superimposed.Sum(), 5);
        Assert.Equal(record.Picture.Order(), record.Seen.Order());
        Assert.NotEqual(record.Picture, record.Seen);
        Assert.InRange(record.Found, 32, 40);
        Assert.All(record.MeanDescents.Index(), row => Assert.Equal(row.Item.Max(), row.Item[row.Index]));

        string folder = Directory.CreateTempSubdirectory("supsup-walkthrough-").FullName;
        IReadOnlyList<string> figures = WalkthroughFigures.Write(record, folder);
        Assert.Equal(3, figures.Count);
        foreach (string figure in figures)
        {
            using SKBitmap picture = SKBitmap.Decode(figure);
            Assert.Equal(1100, picture.Width);

            // All parts of the sheet are drawn: none clears another.
            foreach (int x in new[] { 0, picture.Width / 2, picture.Width - (picture.Width / 4) })
                Assert.True(HasInk(picture, x, picture.Width / 4), $"{figure} from {x}");
            Assert.NotEmpty(XDocument.Load(Path.ChangeExtension(figure, ".svg")).Descendants());
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Given_rows_of_numbers_when_walked_through_then_the_message_says_what_there_must_be()
    {
        ExampleSet rows = new(new ExampleShape.Vector(2), new float[] { 1, 2, 3, 4 }, [0, 1]);
        Dataset numbers = new("numbers", rows, rows, 2, new Normalization([0, 0], [1, 1]));

        ArgumentException refused = Assert.Throws<ArgumentException>(() => new WalkthroughRun(Settings, numbers, new Small.Silent()));

        Assert.Contains("grey pictures; use mnist", refused.Message, StringComparison.Ordinal);
    }

    private static bool HasInk(SKBitmap picture, int left, int wide) =>
        Enumerable.Range(left, wide).Any(x => Enumerable.Range(0, picture.Height).Any(y => picture.GetPixel(x, y) != SKColors.White));
}
