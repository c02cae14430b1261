using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Inference;

public sealed class MaskCountsTests
{
    private static readonly NetworkShape Shape = NetworkPlan.Dense(7, [5], 3).Shape;

    [Fact]
    public void Given_masks_when_added_then_each_count_is_how_many_keep_the_weight()
    {
        TaskMask[] masks = RandomData.Masks(Shape, 9, 1);

        MaskCounts counts = Counted(masks);

        Assert.Equal(9, counts.Tasks);
        for (int l = 0; l < 2; l++)
        {
            int columns = Shape.Layers[l].FanIn;
            int[] expected =
                [.. Enumerable.Range(0, Shape.Layers[l].Count).Select(n => masks.Count(mask => mask[l, n / columns, n % columns]))];
            Assert.Equal(expected, counts.Layer(l).ToArray());
        }
    }

    [Fact]
    public void Given_counted_masks_when_one_is_removed_then_it_is_as_if_it_had_never_been_added()
    {
        TaskMask[] masks = RandomData.Masks(Shape, 4, 2);
        MaskCounts counts = Counted(masks);

        counts.Remove(masks[1]);

        AssertEqual(Counted([masks[0], masks[2], masks[3]]), counts);
    }

    [Fact]
    public void Given_the_counts_of_two_shards_when_added_then_they_are_the_counts_of_all_masks()
    {
        TaskMask[] masks = RandomData.Masks(Shape, 5, 3);
        MaskCounts counts = Counted(masks[..2]);
        MaskCounts other = Counted(masks[2..]);

        counts.Add(other.Tasks, [other.Layer(0).ToArray(), other.Layer(1).ToArray()]);

        AssertEqual(Counted(masks), counts);
    }

    [Theory]
    [InlineData(34, 15)]
    [InlineData(35, 14)]
    [InlineData(36, 15)]
    [InlineData(35, 16)]
    public void Given_counts_that_do_not_fit_when_added_then_they_are_refused_and_nothing_has_changed(int first, int second)
    {
        TaskMask[] masks = RandomData.Masks(Shape, 2, 4);
        MaskCounts counts = Counted(masks);

        var error = Assert.Throws<ArgumentException>(
            () => counts.Add(1, [[.. Enumerable.Repeat(1, first)], [.. Enumerable.Repeat(1, second)]]));

        Assert.Contains("5x7 3x5", error.Message, StringComparison.Ordinal);
        AssertEqual(Counted(masks), counts);
    }

    [Fact]
    public void Given_the_counts_of_fewer_or_more_layers_when_added_then_they_are_refused()
    {
        MaskCounts counts = Counted([]);
        ImmutableArray<int[]> fewer = [new int[35]];
        ImmutableArray<int[]> more = [new int[35], new int[15], new int[3]];

        Assert.Throws<ArgumentException>(() => counts.Add(1, fewer));
        Assert.Throws<ArgumentException>(() => counts.Add(1, more));
        Assert.Equal(0, counts.Tasks);
    }

    [Fact]
    public void Given_a_mask_of_another_shape_when_added_or_removed_then_the_error_names_both_shapes()
    {
        MaskCounts counts = Counted([]);
        TaskMask other = RandomData.Mask(NetworkPlan.Dense(5, [7], 3).Shape, 1);

        foreach (Action<TaskMask> change in new Action<TaskMask>[] { counts.Add, counts.Remove })
        {
            var error = Assert.Throws<ArgumentException>(() => change(other));
            Assert.Contains("7x5 3x7", error.Message, StringComparison.Ordinal);
            Assert.Contains("5x7 3x5", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, counts.Tasks);
    }

    private static MaskCounts Counted(TaskMask[] masks)
    {
        var counts = new MaskCounts(Shape);
        foreach (TaskMask mask in masks)
            counts.Add(mask);
        return counts;
    }

    private static void AssertEqual(MaskCounts expected, MaskCounts actual)
    {
        Assert.Equal(expected.Tasks, actual.Tasks);
        for (int l = 0; l < Shape.Layers.Length; l++)
            Assert.Equal(expected.Layer(l).ToArray(), actual.Layer(l).ToArray());
    }
}
