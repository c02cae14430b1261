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
        Dataset dataset = SmallImages.Make(classes: 6);
        ClassificationTask task = new SplitFamily().Make(dataset, 1, index);
        float[] inputs = new float[train * 12];
        int[] labels = new int[train];

        task.FillTrain([.. Enumerable.Range(0, train)], inputs, labels);
        (float[] testInputs, int[] testLabels) = task.Test(0, test);

        Assert.Equal((12, 6, train, test), (task.Inputs, task.Classes, task.TrainCount, task.TestCount));
        AssertRows(dataset.Train, inputs, labels);
        AssertRows(dataset.Test, testInputs, testLabels);

        void AssertRows(ExampleSet set, float[] rows, int[] classes)
        {
            int[] images =
                [.. Enumerable.Range(0, set.Count).Where(image => set.Labels[image] == 2 * index || set.Labels[image] == 2 * index + 1)];
            Assert.Equal(images.Select(image => set.Labels[image]), classes);
            Assert.Equal(images.SelectMany(image => set.Image(image).ToArray()).Select(pixel => dataset.Normalization.Apply(pixel)), rows);
        }
    }

    [Fact]
    public void Given_an_odd_number_of_classes_when_split_then_the_last_is_in_no_task()
    {
        Dataset dataset = SmallImages.Make(classes: 5);

        Assert.Equal(2, new SplitFamily().Tasks(dataset));
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 2).SelectMany(index => new SplitFamily().Make(dataset, 1, index).Test(0, 8).Labels)
            .Distinct().Order());
    }

    [Fact]
    public void Given_two_classes_without_test_examples_when_split_then_the_error_names_the_task()
    {
        var error = Assert.Throws<ArgumentException>(() => new SplitFamily().Make(SmallImages.Make(classes: 6, test: 2), 1, 2));

        Assert.Equal("task 2 of family 'split' has no test example in noise", error.Message);
    }

    [Fact]
    public void Given_a_class_without_training_examples_when_split_then_the_error_names_it()
    {
        Dataset all = SmallImages.Make();
        int[] labels = [.. all.Train.Labels.Select(label => label + 1)];
        Dataset letters =
            new("letters", all.Train.WithLabels(labels), all.Test, 4, all.Normalization) { ClassNames = ["none", "A", "B", "C"] };

        var error = Assert.Throws<ArgumentException>(() => new SplitFamily().Make(letters, 1, 0));

        Assert.Equal(
            "task 0 of family 'split' needs examples of each of its classes, but letters has no training example of class 0 ('none')",
            error.Message);
    }

    [Fact]
    public void Given_rows_of_numbers_when_split_then_a_task_has_the_rows_of_its_two_classes()
    {
        Dataset dataset = SmallImages.Vectors(classes: 4);

        (float[] inputs, int[] labels) = new SplitFamily().Make(dataset, 1, 1).Test(0, 2);

        int[] rows = [.. Enumerable.Range(0, 20).Where(row => dataset.Test.Labels[row] >= 2).Take(2)];
        Assert.Equal(rows.Select(row => dataset.Test.Labels[row]), labels);
        Assert.Equal(
            rows.SelectMany(row => dataset.Test.Row(row).ToArray().Select((number, n) => dataset.Normalization.Apply(number, n))), inputs);
    }
}
