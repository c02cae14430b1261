using System.CommandLine;
using SupSup.Bench;
using SupSup.Cli;
using SupSup.Cli.Commands;
using SupSup.LoadTest;
using SupSup.Silo.Settings;

namespace SupSup.Documents.Tests.Parsing;

/// <summary>The tool's own parser, its instruments' options included.</summary>
internal static class ToolParser
{
    private static readonly RootCommand Root = MakeRoot();

    /// <summary>The names of a silo's settings, such as "Http:Port".</summary>
    public static IReadOnlySet<string> Settings { get; } =
        SettingsReader.All().Select(setting => setting.Key["SupSup:".Length..]).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with the arguments of a call.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="isWhole">Whether what is missing is wrong too; prose names commands without all that they take.</param>
    public static IEnumerable<string> Mistakes(string[] arguments, bool isWhole)
    {
        // Whether there is a GPU is of no matter here.
        ParseResult parsed = Root.Parse([.. arguments.Select(word => word == "cuda" ? "cpu" : word)]);
        foreach (string error in parsed.Errors.Select(error => error.Message))
        {
            // MODEL, PATH and so on stand for names that the reader has.
            bool isPlaceholder = arguments.Any(word => word.Any(char.IsAsciiLetterUpper) && !word.Any(char.IsAsciiLetterLower)
                && error.Contains($"'{word}'", StringComparison.Ordinal));
            bool isMissing = error.Contains("required", StringComparison.OrdinalIgnoreCase);
            if (!isPlaceholder && (isWhole || !isMissing)) yield return error;
        }

        // A silo's settings follow its options, and are checked when it starts.
        foreach (string word in parsed.UnmatchedTokens.Where(_ => parsed.CommandResult.Command.Name == "silo"))
            if (!Settings.Contains(word.TrimStart('-').Split('=')[0])) yield return $"'{word}' is not a setting";
    }

    /// <summary>The options of a command.</summary>
    public static IEnumerable<string> Options(string[] arguments) =>
        Root.Parse(arguments).CommandResult.Command.Options.SelectMany(option => option.Aliases.Append(option.Name));

    private static RootCommand MakeRoot()
    {
        CommonOptions common = new();
        IEnumerable<Command> own = ToolCommands.Create(common, []).Where(command => command is not InstrumentCommand);
        return ToolProgram.Root(common, [.. own, BenchCommand.Create(common), LoadTestCommand.Create(common)]);
    }
}
