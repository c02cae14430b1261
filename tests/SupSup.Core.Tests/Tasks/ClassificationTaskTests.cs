using SupSup.Core.Datasets;
using SupSup.Core.Networks;
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
    [InlineData(-2)]
    public void Given_a_pixel_that_no_image_has_when_constructed_then_refused(int pixel) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationTask(SmallImages.Make(), [0, pixel]));

    [Fact]
    public void Given_a_plane_with_pixels_of_another_channel_or_numbers_with_a_background_when_constructed_then_refused()
    {
        Dataset images = SmallImages.Make(rows: 1, columns: 2, channels: 2);

        Assert.Equal(4, new ClassificationTask(images, [1, ClassificationTask.Background, 2, 3]).Inputs);
        Assert.Throws<ArgumentException>(() => new ClassificationTask(images, [1, 2, 0, 3]));
        Assert.Throws<ArgumentException>(() => new ClassificationTask(images, [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => new ClassificationTask(SmallImages.Vectors(), [0, ClassificationTask.Background]));
    }

    [Theory]
    [InlineData(1, 24, 24, "the data have 1x24x24 (planes x rows x columns)", "takes 3x24x24; read pictures by '?colour'")]
    [InlineData(1, 72, 24, "the data have 1x72x24 (planes x rows x columns)", "takes 3x24x24; read pictures by '?colour&size=24x24'")]
    [InlineData(3, 12, 48, "the data have 3x12x48 (planes x rows x columns)", "takes 3x24x24; read pictures by '?size=24x24'")]
    public void Given_pictures_of_another_shape_than_the_networks_when_checked_then_the_error_tells_both_and_how_to_read_them(
        int channels, int rows, int columns, string has, string takes)
    {
        NetworkPlan plan = Plans.Parse("conv4-relu-average/3x24x24-12");
        ClassificationTask task = TaskFamilies.Get("whole").Make(SmallImages.Make(rows, columns, channels: channels), 0, 0);

        var error = Assert.Throws<ArgumentException>(() => task.CheckFits(plan));

        Assert.Contains(has, error.Message, StringComparison.Ordinal);
        Assert.Contains(takes, error.Message, StringComparison.Ordinal);
        TaskFamilies.Get("whole").Make(SmallImages.Make(24, 24, channels: 3), 0, 0).CheckFits(plan);
        task.CheckFits(NetworkPlan.Dense(task.Inputs, [], 3));
    }

    [Theory]
    [InlineData("conv8-relu")]
    [InlineData("max1-64")]
    [InlineData("average")]
    public void Given_rows_of_numbers_when_a_network_over_pictures_is_to_learn_them_then_it_is_refused(string network)
    {
        ClassificationTask task = TaskFamilies.Get("whole").Make(SmallImages.Vectors(width: 2), 0, 0);

        var error = Assert.Throws<ArgumentException>(() => task.CheckFits(Plans.Of(network, PlaneShape.Vector(2), 10)));

        Assert.Contains("the data are rows of 2 numbers", error.Message, StringComparison.Ordinal);
        Assert.Contains("takes pictures; use hidden layers", error.Message, StringComparison.Ordinal);
        task.CheckFits(Plans.Of("64-swish-32", PlaneShape.Vector(2), 10));
    }

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

    [Fact]
    public void Given_inputs_from_the_background_when_rows_are_made_then_they_have_the_value_of_grey_level_0()
    {
        Dataset dataset = SmallImages.Make();
        var task = new ClassificationTask(dataset, [ClassificationTask.Background, 11, 0]);
        float[] inputs = new float[6];

        task.FillTrain([2, 40], inputs, new int[2]);

        Normalization normalization = dataset.Normalization;
        Assert.Equal([Row(2), Row(40)], inputs.Chunk(3));
        Assert.Equal(-0.4 / 0.3, inputs[0], 1e-6);

        float[] Row(int image) =>
            [normalization.Apply(0), normalization.Apply(dataset.Train.Image(image)[11]), normalization.Apply(
                dataset.Train.Image(image)[0])];
    }

    [Fact]
    public void Given_a_choice_of_images_when_rows_are_made_then_examples_are_numbered_among_them()
    {
        Dataset dataset = SmallImages.Make();
        var task = new ClassificationTask(dataset, [5], [49, 3, 7], [19, 4]);
        float[] inputs = new float[2];
        int[] labels = new int[2];

        task.FillTrain([2, 0], inputs, labels);
        (float[] testInputs, int[] testLabels) = task.Test(0, 2);

        Assert.Equal((3, 2, 3), (task.TrainCount, task.TestCount, task.TrainImage(1)));
        AssertRows(dataset.Train, [7, 49], inputs, labels);
        AssertRows(dataset.Test, [19, 4], testInputs, testLabels);
        Assert.Throws<ArgumentOutOfRangeException>(() => task.FillTrain([3], new float[1], new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => task.TrainImage(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => task.Test(1, 2));

        void AssertRows(ExampleSet set, int[] images, float[] rows, int[] classes)
        {
            Assert.Equal(images.Select(image => dataset.Normalization.Apply(set.Image(image)[5])), rows);
            Assert.Equal(images.Select(image => set.Labels[image]), classes);
        }
    }

    [Fact]
    public void Given_an_image_that_does_not_exist_when_chosen_then_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationTask(SmallImages.Make(), [0], [50]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationTask(SmallImages.Make(), [0], [-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassificationTask(SmallImages.Make(), [0], [0], [20]));
    }
}
