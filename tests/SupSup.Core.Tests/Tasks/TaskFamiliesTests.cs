using SupSup.Core.Tasks;

namespace SupSup.Core.Tests.Tasks;

public sealed class TaskFamiliesTests
{
    private static readonly string[] Texts = ["permuted", "rotated", "split", "grouped:3", "shuffled:3", "whole", "classes:4,1"];

    [Fact]
    public void Given_the_families_when_one_is_asked_for_then_it_is_found_and_an_unknown_name_lists_the_known()
    {
        Assert.All(Texts, text => Assert.Equal(text, TaskFamilies.Get(text).Name));
        var error = Assert.Throws<ArgumentException>(() => TaskFamilies.Get("mirrored"));
        Assert.Contains(
            "'mirrored': use one of permuted, rotated, split, grouped:CLASSES, shuffled:CLASSES, whole, classes:A,B,...", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("permuted", -1, "'permuted' has any number of tasks of noise, numbered from 0; there is no task -1")]
    [InlineData("rotated", -1, "'rotated' has 36 tasks of noise, numbered from 0; there is no task -1")]
    [InlineData("rotated", 36, "'rotated' has 36 tasks of noise, numbered from 0; there is no task 36")]
    [InlineData("split", -1, "'split' has 3 tasks of noise, numbered from 0; there is no task -1")]
    [InlineData("split", 3, "'split' has 3 tasks of noise, numbered from 0; there is no task 3")]
    [InlineData("grouped:3", 2, "'grouped:3' has 2 tasks of noise, numbered from 0; there is no task 2")]
    [InlineData("shuffled:3", 2, "'shuffled:3' has 2 tasks of noise, numbered from 0; there is no task 2")]
    [InlineData("whole", 1, "'whole' has 1 task of noise, numbered from 0; there is no task 1")]
    [InlineData("classes:0,1", 1, "'classes:0,1' has 1 task of noise, numbered from 0; there is no task 1")]
    public void Given_a_task_that_a_family_does_not_have_when_made_then_the_error_names_it_and_how_many_there_are(
        string family, int index, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => TaskFamilies.Get(family).Make(SmallImages.Make(classes: 7), 1, index));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_a_family_when_all_its_tasks_are_made_then_there_are_as_many_as_it_says()
    {
        Assert.Null(new PermutedFamily().Tasks(SmallImages.Make()));
        foreach (ITaskFamily family in Texts.Select(TaskFamilies.Get))
            for (int index = 0; index < (family.Tasks(SmallImages.Make(classes: 6)) ?? 3); index++)
                Assert.Equal(12, family.Make(SmallImages.Make(classes: 6), 1, index).Inputs);
    }
}
