using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Networks;

public sealed class ArchitectureTests
{
    [Theory]
    [InlineData("lenet-300-100", new[] { 300, 100 })]
    [InlineData("LeNet-300-100", new[] { 300, 100 })]
    [InlineData("fc-1024", new[] { 1024, 1024 })]
    [InlineData("256", new[] { 256 })]
    [InlineData("512-256-128", new[] { 512, 256, 128 })]
    public void Given_a_name_or_sizes_when_parsed_then_the_hidden_sizes_come_out(string text, int[] hidden) =>
        Assert.Equal(hidden, Architecture.Parse(text));

    [Theory]
    [InlineData("lenet")]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-256")]
    [InlineData("512-0-128")]
    [InlineData("512--128")]
    [InlineData("512-many")]
    [InlineData("99999999999")]
    public void Given_neither_when_parsed_then_the_error_names_it_and_the_known_names(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Architecture.Parse(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("fc-1024, lenet-300-100", error.Message, StringComparison.Ordinal);
    }
}
