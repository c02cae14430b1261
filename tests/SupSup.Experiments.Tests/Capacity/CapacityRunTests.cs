using System.Collections.Immutable;
using SupSup.Core.Reservoirs;
using SupSup.Experiments.Capacity;
using SupSup.Experiments.Tests.Running;

namespace SupSup.Experiments.Tests.Capacity;

public sealed class CapacityRunTests
{
    [Fact]
    public async Task Given_a_small_reservoir_when_its_capacity_is_measured_then_few_masks_come_back_and_many_do_not()
    {
        string folder = Small.NewFolder();

        ImmutableArray<CapacityPoint> points = await new CapacityRun(128, new Small.Silent())
            .RunAsync(1, folder, TestContext.Current.CancellationToken);

        foreach (var curve in points.GroupBy(point => (point.Rule, point.Kept)))
        {
            Assert.Equal(1, curve.First().Recovered);
            Assert.True(curve.Last().Recovered < 0.5, $"{curve.Key}: {curve.Last()}");
            Assert.InRange(CapacityRun.Holds(curve), 2, 63);
        }

        Assert.True(
            CapacityRun.Holds(points.Where(point => point is { Rule: StorageRule.Storkey, Kept: < 0.5 }))
            > CapacityRun.Holds(points.Where(point => point is { Rule: StorageRule.Hebb, Kept: < 0.5 })));
        Assert.Equal(points.Length + 1, (await File.ReadAllLinesAsync(
            Path.Combine(folder, "capacity.csv"), TestContext.Current.CancellationToken)).Length);
        Assert.True(File.Exists(Path.Combine(folder, "capacity.png")));
    }

    [Fact]
    public void Given_a_reservoir_when_asked_where_it_is_measured_then_steps_rise_up_to_half_its_units()
    {
        int[] steps = [.. new CapacityRun(2048, new Small.Silent()).Steps];

        Assert.Equal(steps.Order().Distinct(), steps);
        Assert.Equal((2, 1024), (steps[0], steps[^1]));
    }
}
