using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Datasets;

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

        ImageDataset data = IdxFolder.Load(folder.Path);

        Assert.Equal(folder.Path, data.Name);
        Assert.Equal(SmallData.Classes, data.Classes);
        Assert.Equal(SmallData.TrainLabels, data.Train.Labels);
        Assert.Equal(SmallData.TestLabels, data.Test.Labels);
        Assert.Equal(SmallData.Pixels(5), data.Train.Pixels);
        Assert.Equal(SmallData.Pixels(2), data.Test.Pixels);
        Assert.Equal(Normalization.Measure(data.Train.Pixels), data.Normalization);
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
            Assert.Throws<DatasetException>(() => IdxFolder.Load(folder.Path)).Message);
    }

    [Fact]
    public void Given_no_folder_when_loaded_then_that_is_said()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(
            $"{folder["none"]}: there is no such folder; check the path",
            Assert.Throws<DatasetException>(() => IdxFolder.Load(folder["none"])).Message);
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

        var error = Assert.Throws<DatasetException>(() => IdxFolder.Load(folder.Path, classes: 2));

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

    private static void Refused(TemporaryFolder folder, string file, string problem)
    {
        var error = Assert.Throws<DatasetException>(() => IdxFolder.Load(folder.Path));
        Assert.Equal(folder[file], error.Subject);
        Assert.Equal(problem, error.Problem);
        Assert.DoesNotContain('\n', error.Message);
    }
}
