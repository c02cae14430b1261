using SupSup.Core.Engines;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Networks;

public sealed class PlansTests
{
    [Theory]
    [InlineData("784-300-100-500", "784-300-100-500")]
    [InlineData("3-2", "3-2")]
    [InlineData("lenet-300-100/784-500", "784-300-100-500")]
    [InlineData("FC-1024/784-10", "784-1024-1024-10")]
    [InlineData("256/20-5", "20-256-5")]
    public void Given_the_text_of_a_plan_when_parsed_then_it_is_a_chain_of_these_sizes_that_an_engine_runs(string text, string sizes)
    {
        NetworkPlan plan = Plans.Parse(text);

        Assert.Equal(sizes, plan.ToString());
        Assert.Equal(sizes.Split('-').Length - 1, plan.Shape.Layers.Length);
        Assert.Equal(plan.Shape.Layers, plan.Steps.OfType<PlanStep.Linear>().Select(step => step.Weights));
        Assert.Equal("dense", NetworkEngines.For(plan).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("784")]
    [InlineData("784--10")]
    [InlineData("-784-10")]
    [InlineData("784-300-+10")]
    [InlineData("lenet-300-100")]
    [InlineData("lenet-300-100/784")]
    [InlineData("256/20-5/3")]
    public void Given_a_text_that_is_no_plan_when_parsed_then_the_error_names_it_and_shows_both_forms(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Parse(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("784-300-100-500", error.Message, StringComparison.Ordinal);
        Assert.Contains("lenet-300-100/784-500", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet18-20/3x32x32-5", "no engine")]
    [InlineData("resnet/784-500", "'resnet'")]
    [InlineData("784-1", "at least 2")]
    [InlineData("784-0-10", "784-0-10")]
    [InlineData("784-9999999-10", "1048576")]
    public void Given_a_plan_that_this_build_has_not_when_parsed_then_one_line_says_why(string text, string why)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Parse(text));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Given_wiring_that_no_engine_runs_when_one_is_asked_for_then_the_error_names_the_plan()
    {
        NetworkShape shape = new(7, [5], 3);
        NetworkPlan withoutRelu = new(shape, [new PlanStep.Linear(shape.Layers[0]), new PlanStep.Linear(shape.Layers[1])]);

        Assert.Contains("7-5-3", Assert.Throws<ArgumentException>(() => NetworkEngines.For(withoutRelu)).Message, StringComparison.Ordinal);
    }
}
