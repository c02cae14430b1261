using SupSup.Core.Banks;
using SupSup.Core.Engines;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
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

        int[] parts = [.. sizes.Split('-').Select(int.Parse)];
        Assert.Equal(sizes, plan.ToString());
        Assert.Equal(parts, plan.Hidden.Prepend(plan.Inputs).Append(plan.Outputs));
        Assert.Equal(parts.Skip(1).Zip(parts, (outputs, inputs) => new LayerShape(outputs, inputs)), plan.Shape.Layers);
        Assert.Equal("dense", NetworkEngines.For(plan).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("784")]
    [InlineData("784--10")]
    [InlineData("-784-10")]
    [InlineData("784-300-+10")]
    [InlineData("lenet-300-100")]
    [InlineData("256/20-5/3")]
    public void Given_a_text_that_is_no_plan_when_parsed_then_the_error_names_it_and_shows_both_forms(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Parse(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("784-300-100-500", error.Message, StringComparison.Ordinal);
        Assert.Contains("lenet-300-100/784-500", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet/784-500", "'resnet'")]
    [InlineData("lenet-300-100/784", "add it, as in 'lenet-300-100/784-12'")]
    [InlineData("784-1", "at least 2")]
    [InlineData("784-0-10", "784-0-10")]
    [InlineData("784-9999999-10", "1048576")]
    public void Given_a_plan_that_this_build_has_not_when_parsed_then_one_line_says_why(string text, string why)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Parse(text));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(0, 5, 3, "0-5-3")]
    [InlineData(7, -1, 3, "7--1-3")]
    [InlineData(7, 5, 1, "7-5-1")]
    [InlineData((1 << 20) + 1, 5, 3, "1048577-5-3")]
    public void Given_sizes_out_of_range_when_made_a_chain_then_the_error_names_the_sizes(int inputs, int hidden, int outputs, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => NetworkPlan.Dense(inputs, [hidden], outputs));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lenet-300-100", new[] { 300, 100 })]
    [InlineData("LeNet-300-100", new[] { 300, 100 })]
    [InlineData("fc-1024", new[] { 1024, 1024 })]
    [InlineData("256", new[] { 256 })]
    [InlineData("512-256-128", new[] { 512, 256, 128 })]
    public void Given_a_name_or_sizes_when_parsed_then_the_hidden_sizes_come_out(string text, int[] hidden) =>
        Assert.Equal(hidden, Plans.Hidden(text));

    [Theory]
    [InlineData("lenet")]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-256")]
    [InlineData("512-0-128")]
    [InlineData("512--128")]
    [InlineData("512-many")]
    [InlineData("99999999999")]
    public void Given_neither_a_name_nor_sizes_when_parsed_then_the_error_names_it_and_the_known_names(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Plans.Hidden(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("fc-1024, lenet-300-100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_wiring_that_none_of_our_engines_runs_when_one_is_asked_for_then_it_is_that_of_libtorch()
    {
        NetworkPlan withoutRelu = new("linear", PlaneShape.Vector(7), [new PlanStep.Linear(new(5, 7)), new PlanStep.Linear(new(3, 5))]);

        Assert.Equal("torch", NetworkEngines.For(withoutRelu).Name);
    }

    [Fact]
    public void Given_a_plan_that_is_no_chain_when_superimposed_or_put_into_a_bank_then_it_is_refused_by_name()
    {
        NetworkPlan plan = new(
            "twice-linear", PlaneShape.Vector(4), [new PlanStep.Linear(new LayerShape(5, 4)), new PlanStep.Linear(new LayerShape(3, 5))]);
        FixedNetwork network = new(plan, 1);
        MaskCounts counts = new(network.Shape);
        counts.Add(new TaskMask(network.Shape, new byte[network.Shape.PackedBytes]));

        Assert.All(
            new Action[]
            {
                () => EffectiveNetwork.Of(network, counts),
                () => _ = new MaskBank(network),
            },
            use => Assert.Contains("twice-linear", Assert.Throws<ArgumentException>(use).Message, StringComparison.Ordinal));
    }
}
