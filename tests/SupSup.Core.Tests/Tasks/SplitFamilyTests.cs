using SupSup.Core.Datasets;
using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class SplitFamilyTests
{
    // 50 and 20 labels that go through 0 to 5 over and over.
    [Theory]
    [InlineData(0, 18, 8)]
    [InlineData(1, 16, 6)]
    [InlineData(2, 16, 6)]
    public void Given_a_dataset_of_6_classes_when_split_then_each_task_has_the_images_and_labels_of_its_two(int index, int train, int test)
    {
        ImageDataset dataset = SmallImages.Make(classes: 6);
        ClassificationTask task = new SplitFamily().Make(dataset, 1, index);
        float[] inputs = new float[train * 12];
        int[] labels = new int[train];

        task.FillTrain([.. Enumerable.Range(0, train)], inputs, labels);
        (float[] testInputs, int[] testLabels) = task.Test(0, test);

        Assert.Equal((12, 6, train, test), (task.Inputs, task.Classes, task.TrainCount, task.TestCount));
        AssertRows(dataset.Train, inputs, labels);
        AssertRows(dataset.Test, testInputs, testLabels);

        void AssertRows(ImageSet set, float[] rows, int[] classes)
        {
            int[] images =
                [.. Enumerable.Range(0, set.Count).Where(image => set.Labels[image] == 2 * index || set.Labels[image] == 2 * index + 1)];
            Assert.Equal(images.Select(image => (int)set.Labels[image]), classes);
            Assert.Equal(images.SelectMany(image => set.Image(image).ToArray()).Select(dataset.Normalization.Apply), rows);
        }
    }

    [Fact]
    public void Given_an_odd_number_of_classes_when_split_then_the_last_is_in_no_task()
    {
        ImageDataset dataset = SmallImages.Make(classes: 5);

        Assert.Equal(2, new SplitFamily().Tasks(dataset));
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 2).SelectMany(index => new SplitFamily().Make(dataset, 1, index).Test(0, 8).Labels)
            .Distinct().Order());
    }

    [Fact]
    public void Given_two_classes_without_test_images_when_split_then_the_error_names_the_task_and_its_counts()
    {
        var error = Assert.Throws<ArgumentException>(() => new SplitFamily().Make(SmallImages.Make(classes: 6, test: 2), 1, 2));

        Assert.Contains("task 2 of family 'split' has 16 training and 0 test images in noise", error.Message, StringComparison.Ordinal);
    }
}
