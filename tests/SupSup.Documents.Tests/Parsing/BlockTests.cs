using System.Text.RegularExpressions;
using SupSup.Documents.Tests.Markdown;

namespace SupSup.Documents.Tests.Parsing;

/// <summary>Every block says what it is, and what is not run holds as far as that can be told without running it.</summary>
public sealed partial class BlockTests
{
    private static readonly string[] Languages = ["sh", "console", "csharp", "output", "text"];

    private static readonly string[] Folders = ["src", "tests", "tools", "samples", "benchmarks", "deploy", "docs", "build", ".ci"];

    private static IEnumerable<Block> Blocks => Document.All.SelectMany(document => document.Blocks);

    [Fact]
    public void Given_every_block_when_read_then_it_says_of_what_language_it_is() => NoMistakes(Blocks
        .Where(block => !Languages.Contains(block.Language))
        .Select(block => $"{block}: write one of {string.Join(", ", Languages)} behind the fence, not '{block.Language}'"));

    [Fact]
    public void Given_what_is_no_block_of_commands_when_read_then_it_shows_none()
    {
        NoMistakes(Blocks.Where(block => block.Language is "text" or "output" && ShowsCommand().IsMatch(block.Text))
            .Select(block => $"{block}: this shows commands; write sh or console behind the fence"));
        NoMistakes(Document.All.Where(document => document.Path.EndsWith(".md", StringComparison.Ordinal)).SelectMany(document =>
            document.Lines.Select((line, n) => (line, place: $"{document.Path}:{n + 1}")).Where(at => IndentedCommand().IsMatch(at.line))
                .Where(at => !document.Blocks.Any(block => block.Text.Contains(at.line.Trim(), StringComparison.Ordinal)))
                .Select(at => $"{at.place}: put commands between fences, which are run; what is only indented is not")));
    }

    [Fact]
    public void Given_the_blocks_that_are_not_run_when_read_then_each_says_why() => Assert.All(
        Blocks.SelectMany(block => block.Remarks.Select(remark => (block, remark))),
        pair => Assert.True(pair.remark.Text.Length > 0, $"{pair.block}: write a reason after '{pair.remark.Kind}:'"));

    [Fact]
    public void Given_blocks_that_change_more_than_a_sandbox_when_read_then_they_say_that_they_are_not_run() => NoMistakes(Blocks
        .Where(block => block.IsShell && block.NotRun is null && ReachesOut().IsMatch(block.Text))
        .Select(block => $"{block}: write '<!-- not run: REASON -->' before it"));

    [Fact]
    public void Given_the_files_that_commands_name_when_looked_up_then_the_repository_has_them()
    {
        (Block Block, string Path)[] named = [.. Blocks.Where(block => block.IsShell)
            .SelectMany(block => RepositoryPath().Matches(block.Text).Select(match => (block, match.Value.TrimEnd('/'))))];
        Assert.True(named.Length > 15, "the documents name hardly any file: are they read?");
        NoMistakes(named.Where(pair => Folders.Contains(pair.Path.Split('/')[0]) && !Path.Exists(Repository.In(pair.Path)))
            .Select(pair => $"{pair.Block}: there is no {pair.Path}"));
    }

    [Fact]
    public void Given_builds_that_are_not_run_when_read_then_their_stages_arguments_and_properties_exist()
    {
        string images = File.ReadAllText(Repository.In("deploy/images/Dockerfile"));
        IEnumerable<string> projects = Directory.EnumerateFiles(Repository.In("src"), "*.csproj", SearchOption.AllDirectories);
        string properties =
            string.Concat(Directory.EnumerateFiles(Repository.Folder, "Directory.*").Concat(projects).Select(File.ReadAllText));
        int looked = 0;
        foreach (Block block in Blocks.Where(block => block.IsShell))
        {
            foreach (Match stage in Stage().Matches(block.Text)) Has(block, images, $" AS {stage.Groups[1]}\n", "stage");
            foreach (Match argument in BuildArgument().Matches(block.Text)) Has(block, images, $"ARG {argument.Groups[1]}", "argument");
            foreach (Match property in Property().Matches(block.Text)) Has(block, properties, $"$({property.Groups[1]})", "property");
        }

        Assert.True(looked > 8, "the documents build hardly anything: are they read?");

        void Has(Block block, string text, string words, string kind)
        {
            Assert.True(text.Contains(words, StringComparison.OrdinalIgnoreCase), $"{block}: there is no {kind} '{words.Trim()}'");
            looked++;
        }
    }

    [Fact]
    public void Given_excerpts_of_sources_when_compared_then_the_sources_have_these_lines() => Assert.All(
        Blocks.SelectMany(block => block.Remarks.Where(remark => remark.Kind == "excerpt").Select(remark => (block, remark.Text))),
        pair => Assert.All(pair.block.Text.Split('\n'), line =>
            Assert.Contains(line.Trim(), File.ReadAllText(Repository.In(pair.Text)), StringComparison.Ordinal)));

    [Theory]
    [InlineData("```sh\nls", "is not closed")]
    [InlineData("<!-- not run: because -->\nwords", "belongs right before a block")]
    public void Given_a_document_that_cannot_be_read_when_parsed_then_the_line_is_named(string text, string said) =>
        Assert.Contains(
            said, Assert.Throws<FormatException>(() => Document.Parse("x.md", text.Split('\n'))).Message, StringComparison.Ordinal);

    private static void NoMistakes(IEnumerable<string> mistakes) => Assert.True(!mistakes.Any(), string.Join('\n', mistakes));

    [GeneratedRegex(@"^\s*\$? ?(\./supsup|supsup |curl |dotnet |kubectl |docker |python3 |git clone )", RegexOptions.Multiline)]
    private static partial Regex ShowsCommand();

    [GeneratedRegex(@"^\s*\$? ?(kubectl|docker|kind|az|sudo|apt-get|dotnet tool|dotnet add) ", RegexOptions.Multiline)]
    private static partial Regex ReachesOut();

    [GeneratedRegex(@"^\s{4,}(\./|curl |dotnet |kubectl |docker |python3 |git clone )")]
    private static partial Regex IndentedCommand();

    [GeneratedRegex(@"(?<![\w./$-])\.?[\w-]+/[\w./-]*\w", RegexOptions.Multiline)]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"--target (\S+)")]
    private static partial Regex Stage();

    [GeneratedRegex(@"--build-arg\s+(\w+)=")]
    private static partial Regex BuildArgument();

    [GeneratedRegex(@"-p:(\w+)=")]
    private static partial Regex Property();
}
