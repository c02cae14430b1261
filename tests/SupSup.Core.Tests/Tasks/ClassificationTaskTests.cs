using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class ClassificationTaskTests
{
    [Fact]
    public void Given_a_dataset_when_made_a_task_then_its_sizes_follow()
    {
        var task = new ClassificationTask(SmallImages.Make(), [3, 3, 11]);

        Assert.Equal((3, 3, 50, 20), (task.Inputs, task.Classes, task.TrainCount, task.TestCount));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(-1)]
    public void Given_a_pixel_that_no_image_has_when_constructed_then_refused(int pixel) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationTask(SmallImages.Make(), [0, pixel]));

    [Theory]
    [InlineData(50)]
    [InlineData(-1)]
    public void Given_an_example_that_does_not_exist_when_asked_for_then_refused(int index)
    {
        var task = new ClassificationTask(SmallImages.Make(), [0, 1]);

        Assert.Throws<ArgumentOutOfRangeException>(() => task.FillTrain([index], new float[2], new int[1]));
    }

    [Theory]
    [InlineData(19, 2)]
    [InlineData(-1, 1)]
    public void Given_a_run_past_the_test_examples_when_asked_for_then_refused(int start, int count)
    {
        var task = new ClassificationTask(SmallImages.Make(), [0, 1]);

        Assert.Throws<ArgumentOutOfRangeException>(() => task.Test(start, count));
    }

    [Fact]
    public void Given_the_last_test_examples_when_asked_for_then_they_are_given()
    {
        var task = new ClassificationTask(SmallImages.Make(), [0, 1]);

        Assert.Equal(20, task.Test(0, 20).Labels.Length);
        Assert.Single(task.Test(19, 1).Labels);
        Assert.Empty(task.Test(20, 0).Labels);
    }
}
