using SupSup.Core.Streams;

namespace SupSup.Core.Tests.Streams;

public sealed class AllocationTests
{
    [Fact]
    public void Given_masks_near_their_usual_accuracy_when_chosen_then_the_most_accurate_wins() =>
        Assert.Equal(7, VerifiedAllocation.Choose([new(3, 0.8, 0.9), new(7, 0.85, 0.95), new(1, 0.1, 0.9)], classes: 10));

    [Fact]
    public void Given_masks_nearer_to_chance_than_to_their_usual_accuracy_when_chosen_then_none_fits() =>
        Assert.Null(VerifiedAllocation.Choose([new(0, 0.49, 0.9), new(1, 0.12, 0.95)], classes: 10));

    [Fact]
    public void Given_no_mask_or_one_that_learned_nothing_when_chosen_then_none_fits()
    {
        Assert.Null(VerifiedAllocation.Choose([], classes: 10));
        Assert.Null(VerifiedAllocation.Choose([new(0, 0.1, 0.1)], classes: 10));
    }

    [Theory]
    [InlineData(0.88, 0.90, true)]
    [InlineData(0.88, 0.30, false)]
    [InlineData(0.30, 0.90, false)]
    public void Given_two_masks_when_compared_then_they_serve_the_same_task_if_each_does_well_on_the_others_data(
        double one, double other, bool same) =>
            Assert.Equal(same, VerifiedAllocation.AreSame(new MaskFit(0, one, 0.93), new MaskFit(1, other, 0.94), classes: 10));

    // k = 8: 1.125 = 8 · e^g / (e^g + 7) where one score stands out by g = ln(7 · 1.125 / (8 - 1.125)) = 0.1358.
    [Theory]
    [InlineData(0.13f, null)]
    [InlineData(0.14f, 2)]
    public void Given_eight_masks_of_which_one_stands_out_when_chosen_by_the_papers_rule_then_the_threshold_is_its(
        float lead, int? chosen) =>
            Assert.Equal(chosen, PaperAllocation.Choose([0.5f, 0.5f, 0.5f + lead, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f], allocated: 8));

    [Fact]
    public void Given_fewer_masks_than_are_superimposed_when_chosen_by_the_papers_rule_then_an_untrained_one_is_allocated()
    {
        Assert.Equal(0, PaperAllocation.Choose([0.9f, 0.5f, 0.5f, 0.5f, 0.5f], allocated: 1));
        Assert.Null(PaperAllocation.Choose([0.5f, 0.9f, 0.5f, 0.5f, 0.5f], allocated: 1));
        Assert.Null(PaperAllocation.Choose([0.5f, 0.5f, 0.5f, 0.5f, 0.5f], allocated: 1));
        Assert.Throws<ArgumentException>(() => PaperAllocation.Choose([0.5f], allocated: 1));
    }
}
