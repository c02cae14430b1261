using System.Text.RegularExpressions;
using SupSup.Documents.Tests.Markdown;

namespace SupSup.Documents.Tests.Parsing;

/// <summary>Whatever a document says of the tool, the tool takes: commands, options and settings, in blocks and in prose.</summary>
public sealed partial class CommandLineTests
{
    [Fact]
    public void Given_the_calls_of_the_tool_in_blocks_when_parsed_then_the_tool_knows_their_commands_and_options()
    {
        (Block Block, string[] Words)[] calls = [.. Document.All.SelectMany(document => document.Blocks)
            .Where(block => block.IsShell).SelectMany(block => CommandLines.Of(block.Text).Select(words => (block, words)))];
        Assert.True(calls.Length > 50, "the documents show hardly any command: are they read?");
        NoMistakes(calls.SelectMany(call => ToolParser.Mistakes(call.Words, isWhole: true)
            .Select(mistake => $"{call.Block}: supsup {string.Join(' ', call.Words)}: {mistake}")));
    }

    [Fact]
    public void Given_the_calls_of_the_tool_in_prose_when_parsed_then_the_tool_knows_their_commands_and_options()
    {
        (string Place, string[] Words)[] calls = [.. Document.All.SelectMany(document => document.Spans()
            .SelectMany(span => CommandLines.Of(Choice().Replace(span.Text, "$1"))
                .Select(words => ($"{document.Path}:{span.Line}", words))))];
        Assert.True(calls.Length > 50, "the documents name hardly any command: are they read?");
        NoMistakes(calls.SelectMany(call => ToolParser.Mistakes(call.Words, isWhole: false)
            .Select(mistake => $"{call.Place}: supsup {string.Join(' ', call.Words)}: {mistake}")));
    }

    [Fact]
    public void Given_the_options_beside_a_command_in_a_table_when_looked_up_then_the_command_has_them()
    {
        int looked = 0;
        foreach (Document document in Document.All)
        {
            foreach ((int line, string text) in document.Spans().Where(span => OptionName().IsMatch(span.Text)))
            {
                Match row = CommandRow().Match(document.Lines[line - 1]);
                if (!row.Success) continue;
                string option = OptionName().Match(text).Value;
                string[] words = row.Groups[1].Value.Split(' ');
                Assert.True(
                    ToolParser.Options(words).Contains(option), $"{document.Path}:{line}: supsup {words[0]} has no option {option}");
                looked++;
            }
        }

        Assert.True(looked > 10, "the table of commands was not found");
    }

    [Fact]
    public void Given_the_settings_of_silos_in_documents_when_looked_up_then_a_silo_has_them()
    {
        string[] groups = [.. ToolParser.Settings.Where(name => name.Contains(':', StringComparison.Ordinal))
            .Select(name => name.Split(':')[0]).Distinct()];
        Regex setting = new($@"\b(?:SupSup__)?((?:{string.Join('|', groups)})(?::|__)[A-Z]\w*(?:(?::|__)[A-Z]\w*)?)");
        (string Place, string Name)[] named = [.. Document.All.SelectMany(document => document.Lines.SelectMany((line, n) =>
            setting.Matches(line).Select(match => ($"{document.Path}:{n + 1}", match.Groups[1].Value.Replace("__", ":")))))];
        Assert.True(named.Length > 100, "the documents name hardly any setting: are they read?");
        NoMistakes(named.Where(found => !ToolParser.Settings.Contains(found.Name)).Select(found => $"{found.Place}: {found.Name}"));
    }

    [Theory]
    [InlineData("./supsup trian nature flowers --data x", "trian")]
    [InlineData("cd x && supsup demo --task 3", "--task")]
    [InlineData("KEY=$(./supsup keys create --file keys.json --nam ci)", "--nam")]
    [InlineData("./supsup experiment lenet-25", "lenet-25")]
    [InlineData("./supsup silo --Http:Prot=8081", "Http:Prot")]
    [InlineData("./supsup bench --only tran", "tran")]
    [InlineData("./supsup train nature flowers", "--data")]
    public void Given_a_call_with_a_mistake_when_parsed_then_the_mistake_is_named(string shell, string named) =>
        Assert.Contains(
            CommandLines.Of(shell).SelectMany(words => ToolParser.Mistakes(words, isWhole: true)),
            mistake => mistake.Contains(named, StringComparison.Ordinal));

    private static void NoMistakes(IEnumerable<string> mistakes) => Assert.True(!mistakes.Any(), string.Join('\n', mistakes));

    [GeneratedRegex(@"^\| `\./supsup ([a-z]+(?: [a-z]+)?)")]
    private static partial Regex CommandRow();

    // The first of several that may be chosen, "G|H".
    [GeneratedRegex(@"(\w+)(?:\\?\|[\w-]+)+")]
    private static partial Regex Choice();

    [GeneratedRegex("^--[a-z][a-z-]+")]
    private static partial Regex OptionName();
}
