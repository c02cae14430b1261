using SupSup.Grains.Coordinator;
using SupSup.Grains.Inference;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests.Inference;

public sealed class SuperpositionViewTests
{
    [Fact]
    public void Given_tasks_of_others_when_a_view_is_of_some_then_what_it_compares_by_is_of_those_alone()
    {
        TaskDirectory own = TaskDirectory.Empty.With(
            [new(0, Slot(7, classes: 3, usual: 10, deviation: 2)), new(1, new ShardSlot(8, 1, Classes: 4))]);
        TaskDirectory shared = own.With([new(2, Slot(9, classes: 20, usual: 90, deviation: 50))]);
        ModelSpec spec = new() { Classes = 20, Seed = 1 };
        SuperpositionView alone = View(own), among = View(shared);

        Assert.Equal((4, 4), (alone.MostClasses(spec), among.MostClasses(spec)));
        Assert.Equal((alone.Temperature, alone.Allowance(0), alone.Allowance(1)),
            (among.Temperature, among.Allowance(0), among.Allowance(1)));
        Assert.Equal(20, View(shared, 0, 1, 2).MostClasses(spec));
        Assert.NotEqual(alone.Allowance(1), View(shared, 0, 1, 2).Allowance(1));
    }

    private static SuperpositionView View(TaskDirectory directory, params int[] positions)
    {
        int[] all = positions.Length == 0 ? [0, 1] : positions;
        return new(directory, directory.PartsOf(all), all.Length, null, null, [], 0);
    }

    private static ShardSlot Slot(int task, int classes, double usual, double deviation) =>
        new(task, 1, usual, classes, EvidenceSpread: EvidenceSpread.Of((float)deviation));
}
