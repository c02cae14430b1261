namespace SupSup.Documents.Tests.Running;

public sealed class ShownOutputTests
{
    [Theory]
    [InlineData("task 0 'flowers': 57.2 % of 500 right", "task 0 'flowers': 9 % of 40 right")]
    [InlineData("a.png: flowers (86.1 %), poppy (67.0 %)", "a.png: trees (100.0 %), oak_tree (5 %)")]
    [InlineData("  all 1\n...\n", "before\n   all   22\nafter")]
    [InlineData("{\"a\":1, ... \"b\":2}", "{\"a\":7,\"c\":[], \"x\":1,\"b\":3}")]
    public void Given_lines_that_differ_in_numbers_and_names_when_compared_then_they_are_the_same(string shown, string printed) =>
        Assert.Null(ShownOutput.Missing(shown.Split('\n'), printed));

    [Theory]
    [InlineData("task 0 'flowers': 57.2 % of 500 right", "task 0 'flowers': 57.2 % of 500 wrong")]
    [InlineData("one\ntwo", "two\none")]
    [InlineData("one", "")]
    public void Given_lines_that_were_not_printed_so_when_compared_then_the_first_is_told(string shown, string printed) =>
        Assert.NotNull(ShownOutput.Missing(shown.Split('\n'), printed));
}
