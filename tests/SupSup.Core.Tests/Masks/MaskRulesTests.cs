using SupSup.Core.Masks;

namespace SupSup.Core.Tests.Masks;

public sealed class MaskRulesTests
{
    [Theory]
    [InlineData("threshold", typeof(ThresholdMaskRule))]
    [InlineData("top-k:0.5", typeof(TopKMaskRule))]
    [InlineData("top-k:1", typeof(TopKMaskRule))]
    [InlineData("top-k:er-8", typeof(TopKMaskRule))]
    [InlineData("top-k:er-0.5", typeof(TopKMaskRule))]
    public void Given_a_text_when_a_rule_is_asked_for_then_it_is_the_rule_of_that_name(string text, Type type)
    {
        IMaskRule rule = MaskRules.Get(text);

        Assert.IsType(type, rule);
        Assert.Equal(text, rule.Name);
    }

    [Theory]
    [InlineData("topk")]
    [InlineData("")]
    [InlineData("top-k")]
    [InlineData("threshold:0.5")]
    public void Given_a_text_of_no_rule_when_asked_for_then_the_error_names_it_and_the_known_forms(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => MaskRules.Get(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("threshold, top-k:DENSITY, top-k:er-K", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0.5")]
    [InlineData("1.5")]
    [InlineData("half")]
    [InlineData("NaN")]
    [InlineData("1e-3")]
    [InlineData("")]
    [InlineData("er-")]
    [InlineData("er-0")]
    [InlineData("er--1")]
    [InlineData("er-∞")]
    public void Given_a_density_that_is_none_when_asked_for_then_the_error_names_it_and_shows_one(string density)
    {
        var error = Assert.Throws<ArgumentException>(() => MaskRules.Get($"top-k:{density}"));

        Assert.Contains($"'top-k:{density}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("top-k:0.5", error.Message, StringComparison.Ordinal);
    }
}
