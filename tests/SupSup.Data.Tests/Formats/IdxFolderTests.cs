using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Tests.Formats;

public sealed class IdxFolderTests
{
    [Theory]
    [InlineData("-", "")]
    [InlineData(".", "")]
    [InlineData("-", ".gz")]
    [InlineData(".", ".gz")]
    public void Given_the_four_files_under_any_usual_name_when_loaded_then_all_of_it_is_there(
        string dash, string suffix)
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        foreach (string name in SmallData.Names)
        {
            byte[] content = File.ReadAllBytes(folder[name]);
            File.Delete(folder[name]);
            string renamed = name.Replace("-idx", $"{dash}idx", StringComparison.Ordinal) + suffix;
            File.WriteAllBytes(folder[renamed], suffix.Length == 0 ? content : SmallData.Gzip(content));
        }

        Dataset data = DatasetFiles.Open(folder.Path);

        Assert.Equal(folder.Path, data.Name);
        Assert.Equal(SmallData.Classes, data.Classes);
        Assert.Equal(SmallData.TrainLabels.Select(label => (int)label), data.Train.Labels);
        Assert.Equal(SmallData.TestLabels.Select(label => (int)label), data.Test.Labels);
        Assert.Equal(SmallData.Pixels(5), data.Train.Pixels);
        Assert.Equal(SmallData.Pixels(2), data.Test.Pixels);
        Assert.Equal(Normalization.Measure(data.Train).Deviations, data.Normalization.Deviations);
    }

    [Fact]
    public void Given_a_missing_file_when_loaded_then_it_is_named()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        File.Delete(folder[IdxFolder.TestLabels]);

        Assert.Equal(
            $"{folder.Path}: has no file t10k-labels-idx1-ubyte (nor with a dot before idx, nor with .gz); "
            + "put the four IDX files there: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
            + "t10k-labels-idx1-ubyte",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(folder.Path)).Message);
    }

    [Fact]
    public void Given_no_folder_when_loaded_then_that_is_said()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(
            $"{folder["none"]}: there is no such file or folder; check the path",
            Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(folder["none"])).Message);
    }

    [Fact]
    public void Given_counts_that_differ_when_loaded_then_both_are_named()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        IdxFile.WriteLabels(folder[IdxFolder.TrainLabels], [0, 1, 2]);

        Refused(folder, IdxFolder.TrainLabels, "has 3 labels for the 5 images of train-images-idx3-ubyte");
    }

    [Fact]
    public void Given_image_sizes_that_differ_when_loaded_then_both_are_named()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        IdxFile.WriteImages(folder[IdxFolder.TestImages], 4, 3, SmallData.Pixels(2));

        Refused(folder, IdxFolder.TestImages, "its images are 4 x 3, those of train-images-idx3-ubyte are 3 x 4");
    }

    [Fact]
    public void Given_a_test_label_unknown_to_training_when_loaded_then_its_place_is_named()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        IdxFile.WriteLabels(folder[IdxFolder.TestLabels], [1, 3]);

        Refused(folder, IdxFolder.TestLabels, "its label 1 is 3, but the 3 classes are 0 to 2");
    }

    [Fact]
    public void Given_fewer_classes_than_labels_when_loaded_then_the_label_is_named()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(DatasetAddress.Parse(folder.Path), classes: 2));

        Assert.Equal("its label 0 is 2, but the 2 classes are 0 to 1", error.Problem);
    }

    [Fact]
    public void Given_swapped_files_when_loaded_then_the_first_of_them_is_named()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        File.Move(folder[IdxFolder.TrainImages], folder["aside"]);
        File.Move(folder[IdxFolder.TrainLabels], folder[IdxFolder.TrainImages]);
        File.Move(folder["aside"], folder[IdxFolder.TrainLabels]);

        Refused(
            folder, IdxFolder.TrainImages,
            "holds labels (magic 0x00000801) where images are expected, perhaps swapped");
    }

    [Fact]
    public void Given_images_of_one_value_when_loaded_then_refused_rather_than_divided_by_zero()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        IdxFile.WriteImages(folder[IdxFolder.TrainImages], 3, 4, new byte[5 * 12]);

        Refused(folder, IdxFolder.TrainImages, "every pixel has the value 0");
    }

    [Fact]
    public void Given_sets_as_emnist_names_them_when_one_is_named_then_it_is_read_and_transposed_if_asked()
    {
        using var folder = new TemporaryFolder();
        foreach (string set in new[] { "letters", "digits" })
        {
            SmallData.Write(folder.Path);
            foreach (string name in SmallData.Names)
                File.Move(folder[name], folder[$"emnist-{set}-{name.Replace("t10k", "test", StringComparison.Ordinal)}"]);
        }

        Dataset plain = DatasetFiles.Open($"{folder.Path}?set=emnist-letters");
        Dataset turned = DatasetFiles.Open($"{folder.Path}?set=emnist-letters&transpose");

        Assert.Equal(SmallData.Pixels(2), plain.Test.Pixels);
        Assert.Equal(new ExampleShape.Pixels(1, 4, 3), turned.Shape);
        byte[] image = plain.Test.Image(1).ToArray();
        Assert.Equal(Enumerable.Range(0, 12).Select(n => image[n % 3 * 4 + n / 3]), turned.Test.Image(1).ToArray());
        Assert.Equal(
            "has several sets: emnist-digits, emnist-letters", Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(folder.Path))
                .Problem);
        Assert.Equal(
            "has no set 'x'", Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open($"{folder.Path}?set=x")).Problem);
    }

    [Fact]
    public void Given_labels_of_two_bytes_when_loaded_then_there_can_be_more_than_256_classes()
    {
        using var folder = new TemporaryFolder();
        SmallData.Write(folder.Path);
        foreach (string labels in new[] { IdxFolder.TrainLabels, IdxFolder.TestLabels })
        {
            byte[] content = File.ReadAllBytes(folder[labels]);
            File.Delete(folder[labels]);
            File.WriteAllBytes(
                folder[labels.Replace("ubyte", "short", StringComparison.Ordinal)],
                [0, 0, 11, .. content[3..8], .. content[8..].SelectMany(label => new byte[] { 1, label })]);
        }

        Dataset data = DatasetFiles.Open(folder.Path);

        Assert.Equal([258, 256, 257, 258, 256], data.Train.Labels);
        Assert.Equal(259, data.Classes);
        Assert.Contains("no training example has class 0 to 255, of 259 classes; label 0 is 258", Assert.Single(data.Remarks),
            StringComparison.Ordinal);
    }

    private static void Refused(TemporaryFolder folder, string file, string problem)
    {
        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(folder.Path));
        Assert.Equal(folder[file], error.Subject);
        Assert.Equal(problem, error.Problem);
        Assert.DoesNotContain('\n', error.Message);
    }
}
