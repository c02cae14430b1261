using SupSup.Core.Evaluation;

namespace SupSup.Core.Tests.Evaluation;

public sealed class PaperRuleTests
{
    [Theory]
    [InlineData(0, new int[0])]
    [InlineData(1, new[] { 0 })]
    [InlineData(128, new[] { 0 })]
    [InlineData(129, new[] { 0, 128 })]
    [InlineData(300, new[] { 0, 128, 256 })]
    public void Given_a_number_of_images_when_tasks_are_to_be_inferred_then_it_is_from_the_first_of_each_128(int images, int[] first) =>
        Assert.Equal(first, PaperRule.FirstImages(images));

    [Fact]
    public void Given_a_wrong_task_for_a_batch_when_scored_then_the_batch_scores_nothing_though_its_classes_are_right()
    {
        bool[] correct = [.. Enumerable.Repeat(true, 256)];

        Assert.Equal(1.0, PaperRule.Accuracy(3, [3, 3], correct));
        Assert.Equal(0.5, PaperRule.Accuracy(3, [3, 2], correct));
        Assert.Equal(0.5, PaperRule.Accuracy(3, [2, 3], correct));
        Assert.Equal(0.0, PaperRule.Accuracy(3, [2, 4], correct));
    }

    [Fact]
    public void Given_a_shorter_last_batch_when_scored_then_every_image_weighs_the_same()
    {
        // 128 images of which 64 are right, then 72 of which 18 are right.
        bool[] correct = [.. Enumerable.Range(0, 128).Select(i => i % 2 == 0), .. Enumerable.Range(0, 72).Select(i => i % 4 == 0)];

        Assert.Equal((64 + 18) / 200.0, PaperRule.Accuracy(0, [0, 0], correct));
        Assert.Equal(64 / 200.0, PaperRule.Accuracy(0, [0, 1], correct));
        Assert.Equal(18 / 200.0, PaperRule.Accuracy(0, [1, 0], correct));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 129)]
    [InlineData(2, 128)]
    [InlineData(0, 1)]
    public void Given_batches_that_do_not_fit_the_images_when_scored_then_the_error_names_both(int batches, int images)
    {
        var error = Assert.Throws<ArgumentException>(() => PaperRule.Accuracy(0, new int[batches], new bool[images]));

        Assert.Contains($"{batches} inferred tasks", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{images} images", error.Message, StringComparison.Ordinal);
    }
}
