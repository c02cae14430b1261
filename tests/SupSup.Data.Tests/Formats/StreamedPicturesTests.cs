using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Data.Tests.Formats;

public sealed class StreamedPicturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("size=8")]
    [InlineData("size=8x6&fit=stretch")]
    [InlineData("size=6&resize=8")]
    [InlineData("size=8&grey")]
    [InlineData("size=8&split=0.5&seed=3")]
    [InlineData("size=8&renumber")]
    public void Given_pictures_of_several_sizes_when_streamed_then_tests_see_the_same_images_as_of_those_in_memory(string options)
    {
        Write(classes: 3, each: 6, hasHalves: !options.Contains("split", StringComparison.Ordinal));

        Dataset inMemory = DatasetFiles.Open($"{_folder.Path}?{options}&stream=no");
        Dataset streamed = DatasetFiles.Open($"{_folder.Path}?{options}&stream=yes");

        Assert.NotNull(streamed.Train.Source);
        Assert.Empty(streamed.Train.Pixels);
        Assert.Equal(inMemory.Shape, streamed.Shape);
        Assert.Equal(inMemory.ClassNames!, streamed.ClassNames!);
        Assert.Equal(inMemory.Train.Labels, streamed.Train.Labels);
        Assert.Equal(inMemory.Test.Labels, streamed.Test.Labels);
        Assert.Equal(inMemory.Normalization.Means, streamed.Normalization.Means);
        Assert.Equal(inMemory.Normalization.Deviations, streamed.Normalization.Deviations);
        foreach ((ExampleSet one, ExampleSet other) in new[] { (inMemory.Train, streamed.Train), (inMemory.Test, streamed.Test) })
            for (int n = 0; n < one.Count; n++) Assert.Equal(one.Image(n).ToArray(), other.Image(n).ToArray());
    }

    [Fact]
    public void Given_a_short_side_when_pictures_are_read_then_the_middle_of_the_resized_picture_is_cut_out()
    {
        Pictures.Write(_folder["a/1.png"], 10, 15, n => ((byte)(n % 15 * 17), (byte)(n / 15 * 25), 7));
        Pictures.Write(_folder["b/1.png"], 10, 15, n => ((byte)(n % 15 * 17), (byte)(n / 15 * 25), 7));
        Pictures.Write(_folder["b/2.png"], 10, 15, _ => (0, 0, 0));
        byte[] picture = [.. from channel in Enumerable.Range(0, 3)
                             from n in Enumerable.Range(0, 150)
                             select (byte)(channel == 0 ? n % 15 * 17 : channel == 1 ? n / 15 * 25 : 7)];
        ExampleShape.Pixels shape = new(3, 10, 15);
        byte[] resized = new byte[3 * 8 * 12], middle = new byte[3 * 4 * 4];
        Bilinear.Resize(picture, shape, PixelWindow.Of(shape), 8, 12, new(0, 0, 8, 12), resized);
        for (int n = 0; n < middle.Length; n++) middle[n] = resized[(n / 16 * 8 + 2 + n / 4 % 4) * 12 + 4 + n % 4];

        Dataset data = DatasetFiles.Open($"{_folder.Path}?size=4&resize=8");

        Assert.Equal(middle, data.Train.Image(0).ToArray());
    }

    [Fact]
    public void Given_streamed_pictures_when_trained_on_with_resized_crops_then_these_are_of_the_pictures_as_they_are_stored()
    {
        Write(classes: 4, each: 6, hasHalves: true);
        ClassificationTask task = TaskFamilies.Get("shuffled:2").Make(
            DatasetFiles.Open($"{_folder.Path}?size=8&resize=10&stream=yes"), 1, 1);
        IAugmentation augmentation = Augmentations.Get("resized-crop:8+flip");
        float[] inputs = new float[2 * task.Inputs];

        task.FillTrain([3, 0], inputs, new int[2], augmentation, 5, 30);

        foreach ((int row, int example) in new[] { 3, 0 }.Index())
        {
            byte[] expected = new byte[task.Inputs];
            task.Dataset.Train.Read(task.TrainImage(example), (picture, shape) =>
            {
                Assert.True(shape.Rows > 8);
                augmentation.Apply(picture, shape, 5, 30 + row, expected);
            });
            Assert.Equal(
                expected.Select((level, n) => task.Normalization.Apply(level, n / 64)),
                inputs.AsSpan(row * task.Inputs, task.Inputs).ToArray());
        }

        Assert.Equal((2, 12), (task.Classes, task.TrainCount));
    }

    [Fact]
    public void Given_streamed_pictures_when_hashed_then_their_paths_and_lengths_and_the_options_count()
    {
        Write(classes: 2, each: 3, hasHalves: true);
        string before = Checksum("size=8");

        Assert.Equal(before, Checksum("size=8"));
        Assert.NotEqual(before, Checksum("size=8&fit=stretch"));
        Assert.NotEqual(before, Checksum("size=8&resize=9"));
        string stamp = DatasetFiles.Stamp($"{_folder.Path}?size=8&stream=yes");
        Assert.Equal(stamp, DatasetFiles.Stamp($"{_folder.Path}?size=8&stream=yes"));
        File.Move(_folder["train/0/1.png"], _folder["train/0/9.png"]);
        Assert.NotEqual(before, Checksum("size=8"));
        Assert.NotEqual(stamp, DatasetFiles.Stamp($"{_folder.Path}?size=8&stream=yes"));

        string Checksum(string options) => DatasetFiles.Open($"{_folder.Path}?{options}&stream=yes").Checksum;
    }

    [Theory]
    [InlineData("stream=yes", "is to be streamed, but does not say to which size; add it, as '?stream=yes&size=224'")]
    [InlineData("stream=maybe&size=8", "option stream cannot be 'maybe'")]
    [InlineData("stream=yes&size=8&levels=even", "option levels=even is for images in memory, but these are streamed")]
    [InlineData("stream=yes&size=8&transpose", "option transpose is for images in memory, but these are streamed")]
    [InlineData("resize=9", "option resize cannot be '9'; say by size what is cut out")]
    [InlineData("size=8&resize=7", "option resize cannot be '7'; use 8 or more")]
    [InlineData("size=8&resize=9&fit=stretch", "option resize cannot be '9'; use 8 or more, and leave fit out")]
    [InlineData("size=8&means=0.5,0.5,0.5", "option deviations cannot be ''; give means and deviations, 3 each")]
    [InlineData("size=8&means=0.5&deviations=0.2,0.2,0.2", "option means cannot be '0.5'")]
    [InlineData("size=8&means=0.5,0.5,0.5&deviations=0.2,0,0.2", "option deviations cannot be '0.2,0,0.2'; use numbers above 0")]
    public void Given_options_that_do_not_fit_when_opened_then_the_error_names_them(string options, string named)
    {
        Write(classes: 2, each: 3, hasHalves: true);

        var error = Assert.Throws<DatasetOptionException>(() => DatasetFiles.Open($"{_folder.Path}?{options}"));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_streamed_picture_that_is_gone_or_damaged_when_needed_then_the_error_names_it()
    {
        Write(classes: 2, each: 3, hasHalves: true);
        Dataset data = DatasetFiles.Open($"{_folder.Path}?size=8&stream=yes");
        File.Delete(_folder["train/0/0.png"]);
        File.WriteAllText(_folder["train/0/1.png"], "damage");

        Assert.Equal(_folder["train/0/0.png"], Assert.Throws<DatasetException>(() => data.Train.Image(0).Length).Subject);
        Assert.Equal(_folder["train/0/1.png"], Assert.Throws<DatasetException>(() => data.Train.Image(1).Length).Subject);
    }

    // Pictures of noise, each of a size of its own; the first is the largest.
    private void Write(int classes, int each, bool hasHalves)
    {
        foreach (string half in hasHalves ? ["train/", "val/"] : new[] { "" })
            for (int n = 0; n < classes * each; n++)
                Pictures.Write(
                    _folder[$"{half}{n % classes}/{n / classes}.png"], 19 - n / 2 % 9, 10 + n % 11,
                    p => ((byte)(p * 31 + n), (byte)(p * 57 + 3 * n), (byte)(p * 91 ^ n)));
    }
}
