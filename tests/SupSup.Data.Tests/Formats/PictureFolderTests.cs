using SkiaSharp;
using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Data.Tests.Formats;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Given_halves_with_a_folder_for_each_class_when_opened_then_planes_labels_and_names_are_theirs()
    {
        Pictures.Write(_folder["train/dog/1.png"], 1, 2, n => ((byte)(10 + n), (byte)(20 + n), (byte)(30 + n)));
        Pictures.Write(_folder["train/cat/1.png"], 1, 2, _ => (1, 2, 3));
        Pictures.Write(_folder["train/cat/2.png"], 1, 2, _ => (4, 5, 6));
        Pictures.Write(_folder["test/cat/1.png"], 1, 2, _ => (7, 8, 9));
        File.WriteAllText(_folder["train/cat/.DS_Store"], "x");
        File.WriteAllText(_folder["train/cat/notes.txt"], "x");

        Dataset data = DatasetFiles.Open(_folder.Path);

        Assert.Equal(new ExampleShape.Pixels(3, 1, 2), data.Shape);
        Assert.Equal(["cat", "dog"], data.ClassNames!);
        Assert.Equal([0, 0, 1], data.Train.Labels);
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 10, 11, 20, 21, 30, 31], data.Train.Pixels);
        Assert.Equal([7, 7, 8, 8, 9, 9], data.Test.Pixels);
        Assert.Equal($"{_folder["train/cat"]}: 1 file is no picture and is left out: notes.txt", Assert.Single(data.Remarks));
    }

    [Fact]
    public void Given_classes_without_halves_when_opened_then_the_same_share_of_each_is_the_test_half_for_the_same_seed_and_that_is_told()
    {
        for (int n = 0; n < 30; n++) Pictures.WriteGrey(_folder[$"{(n < 20 ? "9" : "10")}/{n}.png"], 1, 1, (byte)n);

        Dataset data = DatasetFiles.Open($"{_folder.Path}?split=0.3&seed=4");

        Assert.Equal(["9", "10"], data.ClassNames!);
        Assert.Equal((21, 9), (data.Train.Count, data.Test.Count));
        Assert.Equal((6, 3), (data.Test.Labels.Count(label => label == 0), data.Test.Labels.Count(label => label == 1)));
        Assert.Equal(Enumerable.Range(0, 30).Select(n => (byte)n), data.Train.Pixels.Concat(data.Test.Pixels).Order());
        Assert.NotEqual(data.Test.Labels.Order(), data.Test.Labels);
        Assert.Equal(data.Checksum, DatasetFiles.Open($"{_folder.Path}?seed=4&split=0.3").Checksum);
        Assert.NotEqual(data.Checksum, DatasetFiles.Open($"{_folder.Path}?split=0.3&seed=5").Checksum);
        Assert.Contains(
            "9 of 30 examples (0.3 of each class) are kept for testing", Assert.Single(data.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_training_half_alone_when_opened_then_its_classes_are_divided()
    {
        for (int n = 0; n < 4; n++) Pictures.WriteGrey(_folder[$"train/{n % 2}/{n}.png"], 1, 2, 7, (byte)n);

        Dataset data = DatasetFiles.Open(_folder.Path);

        Assert.Equal(["0", "1"], data.ClassNames!);
        Assert.Equal((2, 2), (data.Train.Count, data.Test.Count));
    }

    [Fact]
    public void Given_classes_called_like_halves_when_there_are_no_halves_then_they_are_classes()
    {
        foreach (string vehicle in new[] { "train", "bus" })
            for (int n = 0; n < 2; n++) Pictures.WriteGrey(_folder[$"{vehicle}/{n}.png"], 1, 2, 7, (byte)n);

        Assert.Equal(["bus", "train"], DatasetFiles.Open(_folder.Path).ClassNames!);
    }

    [Fact]
    public void Given_pictures_all_stored_as_grey_when_opened_then_there_is_one_channel_unless_colour_is_asked_for()
    {
        Pictures.WriteGrey(_folder["a/1.png"], 2, 1, 5, 6);
        Pictures.WriteGrey(_folder["a/2.png"], 2, 1, 7, 8);
        Pictures.WriteGrey(_folder["b/1.png"], 2, 1, 7, 8);

        Assert.Equal(new ExampleShape.Pixels(1, 2, 1), DatasetFiles.Open(_folder.Path).Shape);
        Assert.Equal(new ExampleShape.Pixels(3, 2, 1), DatasetFiles.Open($"{_folder.Path}?colour").Shape);
    }

    [Fact]
    public void Given_colours_when_grey_is_asked_for_then_they_are_mixed_as_pillow_does()
    {
        Pictures.Write(_folder["a/1.png"], 1, 4, n =>
            n switch { 0 => (255, 0, 0), 1 => (0, 255, 0), 2 => (0, 0, 255), _ => (255, 255, 255) });
        Pictures.Write(_folder["a/2.png"], 1, 4, n => ((byte)(80 * n), 2, 3));
        Pictures.WriteGrey(_folder["b/1.png"], 1, 4, new byte[4]);

        Dataset data = DatasetFiles.Open($"{_folder.Path}?grey");

        Assert.Contains(new[] { data.Train.Pixels, data.Test.Pixels }, image => image.SequenceEqual(new byte[] { 76, 150, 29, 255 }));
    }

    [Fact]
    public void Given_sizes_that_differ_when_no_size_is_asked_for_then_both_are_named()
    {
        Pictures.WriteGrey(_folder["a/1.png"], 2, 3, new byte[6]);
        Pictures.WriteGrey(_folder["a/2.png"], 3, 2, new byte[6]);
        Pictures.WriteGrey(_folder["b/1.png"], 3, 2, new byte[6]);

        Assert.Equal(
            $"{_folder["a/2.png"]}: is 3 x 2, but {_folder["a/1.png"]} is 2 x 3; have all made one size by an option, as '?size=32'",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Message);
    }

    // Areas of 4 x 6 pixels: halves of pixels count half, and the crop is the middle 4 x 4.
    [Theory]
    [InlineData("size=2", new byte[] { 45, 65, 165, 185 })]
    [InlineData("size=2&fit=stretch", new byte[] { 40, 70, 160, 190 })]
    [InlineData("size=1x4&fit=stretch", new byte[] { 93, 107, 123, 137 })]
    [InlineData("size=8x12", null)]
    public void Given_a_size_when_pictures_are_read_then_each_pixel_is_the_mean_of_its_area(string options, byte[]? levels)
    {
        byte[] original = [.. Enumerable.Range(0, 24).Select(n => (byte)(10 * (n % 6) + 60 * (n / 6)))];
        foreach (string name in new[] { "a/1.png", "a/2.png" }) Pictures.WriteGrey(_folder[name], 4, 6, original);
        Pictures.WriteGrey(_folder["b/1.png"], 4, 6, new byte[24]);
        levels ??= [.. Enumerable.Range(0, 96).Select(n => original[n / 24 * 6 + n % 12 / 2])];

        Dataset data = DatasetFiles.Open($"{_folder.Path}?{options}");

        Assert.Equal(levels, data.Test.Pixels);
    }

    [Fact]
    public void Given_a_transparent_picture_when_read_then_it_lies_on_white()
    {
        byte[] png = Pictures.Encode(1, 2, n => new SKColor(100, 0, 0, (byte)(n == 0 ? 0 : 128)), SKEncodedImageFormat.Png);
        Directory.CreateDirectory(_folder["a"]);
        foreach (string name in new[] { "a/1.png", "a/2.png" }) File.WriteAllBytes(_folder[name], png);
        Pictures.WriteGrey(_folder["b/1.png"], 1, 2, 1, 2);

        Assert.Equal([255, 177, 255, 127, 255, 127], DatasetFiles.Open(_folder.Path).Test.Pixels);
    }

    // Exif orientation 6: the camera was turned, and the picture is to be seen turned clockwise.
    [Fact]
    public void Given_a_jpeg_of_a_turned_camera_when_read_then_it_is_as_it_is_seen()
    {
        byte[] jpeg = Pictures.Encode(16, 32, n => n % 32 < 16 ? SKColors.Black : SKColors.White, SKEncodedImageFormat.Jpeg);
        byte[] exif =
        [
            0xff, 0xe1, 0, 34, .. "Exif\0\0MM\0*\0\0\0\b"u8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        Directory.CreateDirectory(_folder["a"]);
        foreach (string name in new[] { "a/1.jpg", "a/2.jpeg" }) File.WriteAllBytes(_folder[name], [.. jpeg[..2], .. exif, .. jpeg[2..]]);
        Pictures.WriteGrey(_folder["b/1.png"], 32, 16, new byte[512]);

        Dataset data = DatasetFiles.Open($"{_folder.Path}?grey");

        Assert.Equal(new ExampleShape.Pixels(1, 32, 16), data.Shape);
        Assert.Equal((0, 255), (data.Test.Pixels[0], data.Test.Pixels[^1]));
    }

    [Fact]
    public void Given_webp_and_jpeg_when_read_then_they_are_decoded()
    {
        Directory.CreateDirectory(_folder["a"]);
        File.WriteAllBytes(_folder["a/1.webp"], Pictures.Encode(16, 16, _ => new(200, 100, 50), SKEncodedImageFormat.Webp));
        File.WriteAllBytes(_folder["a/2.jpg"], Pictures.Encode(16, 16, _ => new(200, 100, 50), SKEncodedImageFormat.Jpeg));
        Pictures.WriteGrey(_folder["b/1.png"], 16, 16, new byte[256]);

        Dataset data = DatasetFiles.Open(_folder.Path);

        foreach (ExampleSet half in new[] { data.Train, data.Test })
            Assert.All([(0, 200), (300, 100), (700, 50)], expected =>
                Assert.InRange(half.Pixels[expected.Item1], expected.Item2 - 4, expected.Item2 + 4));
    }

    [Theory]
    [InlineData(0, "is no picture that can be read")]
    [InlineData(60, "is cut short or damaged")]
    public void Given_a_damaged_picture_when_opened_then_it_is_named(int length, string problem)
    {
        Pictures.Write(_folder["a/1.png"], 20, 20, n => ((byte)(n * 7), (byte)(n * 31), (byte)n));
        Directory.CreateDirectory(_folder["a"]);
        File.WriteAllBytes(_folder["a/2.png"], File.ReadAllBytes(_folder["a/1.png"])[..length]);
        Pictures.Write(_folder["b/1.png"], 20, 20, _ => (1, 2, 3));

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path));

        Assert.Equal((_folder["a/2.png"], problem), (error.Subject, error.Problem));
    }

    [Fact]
    public void Given_a_class_without_training_pictures_when_it_has_test_pictures_then_it_is_named()
    {
        Pictures.WriteGrey(_folder["train/a/1.png"], 1, 2, 1, 2);
        Pictures.WriteGrey(_folder["test/b/1.png"], 1, 2, 1, 2);

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path));

        Assert.Equal((_folder["test/b"], "is a class that has no training picture"), (error.Subject, error.Problem));
    }

    [Fact]
    public void Given_a_class_whose_folder_is_empty_when_opened_then_a_remark_names_it()
    {
        Pictures.WriteGrey(_folder["train/a/1.png"], 1, 2, 1, 2);
        Pictures.WriteGrey(_folder["test/a/1.png"], 1, 2, 1, 2);
        Directory.CreateDirectory(_folder["train/b"]);

        Assert.Contains(
            "no training example has class 1 ('b')", Assert.Single(DatasetFiles.Open(_folder.Path).Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_pictures_without_folders_of_classes_when_opened_then_the_folder_that_is_needed_is_named()
    {
        for (int n = 0; n < 3; n++) Pictures.WriteGrey(_folder[$"things/bicycle/{n}.png"], 1, 1, (byte)n);
        string path = _folder["things/bicycle"];

        Assert.Equal(
            $"{path}: holds 3 pictures but no folders of them; each class needs a folder of its own, as {path}/NAME/*.png",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(path)).Message);
        Pictures.WriteGrey(_folder["things/bottle/1.png"], 1, 1, 1);
        Assert.Equal(
            $"{path}: holds 3 pictures but no folders of them; each class needs a folder of its own, as {path}/*.png; "
                + $"did you mean {_folder["things"]}?",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(path)).Message);
    }

    [Fact]
    public void Given_one_class_when_opened_then_it_is_named_and_where_it_is_folders_of_classes_it_is_offered()
    {
        Pictures.WriteGrey(_folder["photos/a/1.png"], 1, 2, 1, 2);

        Assert.Equal(
            $"{_folder.Path}: has one class, 'photos'; each class needs a folder, and two classes at least",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Message);
        Pictures.WriteGrey(_folder["photos/b/1.png"], 1, 2, 1, 2);
        Assert.Equal(
            $"{_folder.Path}: has one class, 'photos'; each class needs a folder, and two classes at least "
                + $"(its pictures lie in photos/a, photos/b: give {_folder["photos"]})",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path)).Message);
    }

    [Fact]
    public void Given_a_folder_of_something_else_when_opened_then_what_is_known_is_listed()
    {
        File.WriteAllText(_folder["notes.txt"], "x");

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder.Path));

        Assert.Equal("holds no dataset that is known", error.Problem);
        Assert.All(DatasetFiles.Known, format => Assert.Contains(format, error.Remedy, StringComparison.Ordinal));
    }
}
