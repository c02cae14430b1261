using SupSup.Core.Datasets;
using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class ClassFamiliesTests
{
    [Fact]
    public void Given_whole_data_when_made_then_every_example_is_there_as_it_is()
    {
        Dataset data = Pets();

        ClassificationTask task = TaskFamilies.Get("whole").Make(data, 5, 0);

        (float[] inputs, int[] labels) = task.Test(0, task.TestCount);
        Assert.Equal(data.Test.Labels, labels);
        Assert.Equal(data.Test.Count * data.Shape.Length, inputs.Length);
        Assert.Equal(4, task.Classes);
        Assert.Equal(["cat", "7", "dog", "eel"], task.ClassNames!);
        Assert.Equal([.. Enumerable.Range(0, data.Shape.Length)], task.Source);
    }

    [Theory]
    [InlineData("classes:dog,cat", new[] { 2, 0 })]
    [InlineData("classes:3,0", new[] { 3, 0 })]
    [InlineData("classes:7,eel", new[] { 1, 3 })] // a name, though it looks like a number
    [InlineData("classes: dog , 1, cat", new[] { 2, 1, 0 })]
    public void Given_classes_by_name_or_number_when_made_then_the_task_has_their_examples_numbered_in_their_order(
        string family, int[] classes)
    {
        Dataset data = Pets();

        ClassificationTask task = TaskFamilies.Get(family).Make(data, 0, 0);

        Assert.Equal(classes.Length, task.Classes);
        Assert.Equal(classes.Select(label => data.ClassNames![label]), task.ClassNames!);
        int[] expected = [.. Enumerable.Range(0, data.Train.Count).Where(example => classes.Contains(data.Train.Labels[example]))];
        Assert.Equal(expected.Length, task.TrainCount);
        int[] labels = new int[expected.Length];
        task.FillTrain([.. Enumerable.Range(0, expected.Length)], new float[expected.Length * task.Inputs], labels);
        Assert.Equal(expected, Enumerable.Range(0, task.TrainCount).Select(task.TrainImage));
        Assert.Equal(expected.Select(example => data.Train.Labels[example]), labels.Select(label => classes[label]));
        Assert.All(classes.Index(), own => Assert.Equal(own.Index, task.ClassOf(own.Item)));
        Assert.All(Enumerable.Range(0, 4).Except(classes), other => Assert.True(task.ClassOf(other) < 0));
    }

    [Theory]
    [InlineData("classes:dog,cow", "has no class 'cow'; its classes are cat, 7, dog, eel")]
    [InlineData("classes:dog,4", "has no class '4'; its classes are cat, 7, dog, eel")]
    [InlineData("classes:dog,", "has no class ''")]
    [InlineData("classes:dog", "has one class; name two at least")]
    [InlineData("classes:dog,cat,2", "names class 2 ('dog') twice; name each once")]
    public void Given_classes_that_make_no_task_when_made_then_the_error_names_the_culprit(string family, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => TaskFamilies.Get(family).Make(Pets(), 0, 0));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("grouped")]
    [InlineData("grouped:1")]
    [InlineData("grouped:x")]
    [InlineData("shuffled")]
    [InlineData("shuffled:1")]
    [InlineData("classes")]
    [InlineData("whole:1")]
    public void Given_a_parameter_that_is_missing_or_wrong_when_a_family_is_asked_for_then_an_error_names_it(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<ArgumentException>(() => TaskFamilies.Get(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Given_groups_of_classes_when_made_then_each_task_numbers_its_own_from_0()
    {
        Dataset data = Pets();

        ClassificationTask second = TaskFamilies.Get("grouped:2").Make(data, 0, 1);

        Assert.Equal(2, second.Classes);
        Assert.Equal(["dog", "eel"], second.ClassNames!);
        Assert.Equal(new HashSet<int> { 0, 1 }, second.Test(0, second.TestCount).Labels.ToHashSet());
    }

    [Fact]
    public void Given_a_class_without_training_examples_when_its_task_is_made_then_the_error_names_it()
    {
        Dataset pets = Pets();
        Dataset without = new(
            "pets", pets.Train.WithLabels([.. pets.Train.Labels.Select(label => label == 2 ? 0 : label)]), pets.Test, 4, pets.Normalization)
        {
            ClassNames = pets.ClassNames,
        };

        var error = Assert.Throws<ArgumentException>(() => TaskFamilies.Get("classes:cat,dog").Make(without, 0, 0));

        Assert.Contains("pets has no training example of class 2 ('dog')", error.Message, StringComparison.Ordinal);
    }

    private static Dataset Pets()
    {
        Dataset images = SmallImages.Make(classes: 4);
        return new("pets", images.Train, images.Test, 4, images.Normalization) { ClassNames = ["cat", "7", "dog", "eel"] };
    }
}
