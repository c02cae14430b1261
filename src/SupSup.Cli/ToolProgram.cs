using System.CommandLine;
using System.CommandLine.Parsing;
using SupSup.Cli.Commands;
using SupSup.Cli.Output;
using SupSup.Core.Naming;

namespace SupSup.Cli;

/// <summary>What the tool and its instruments have in common: one line for each error, and the exit codes.</summary>
internal static class ToolProgram
{
    /// <summary>Runs the command that the arguments name.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="common">The options that commands share.</param>
    /// <param name="commands">The commands there are.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, CommonOptions common, params Command[] commands)
    {
        RootCommand root = Root(common, commands);
        DetailedHelpAction.Install(root);

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // One line, about what was typed rather than about what is missing because of it.
            (ParseError error, string? word) = parsed.Errors
                .Select(error =>
                    (error, parsed.UnmatchedTokens.FirstOrDefault(token => error.Message.Contains(token, StringComparison.Ordinal))))
                .OrderBy(pair => pair.Item2 is null).First();
            Command command = parsed.CommandResult.Command;
            IEnumerable<Symbol> known = [.. command.Subcommands, .. command.Options, .. root.Options.Where(option => option.Recursive)];
            string meant = word is null ? "" : Suggestion.For(word, known.Select(symbol => symbol.Name));
            Console.Error.WriteLine(
                $"supsup: {error.Message.TrimEnd('.').ReplaceLineEndings(" ")}{meant} (see "
                    + $"'{string.Join(' ', CommandPath(parsed.CommandResult))} --help')");
            return UserError.BadUsage;
        }

        try
        {
            // Ctrl-C gives a silo time to stop what it is doing.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
            });
        }
        catch (OperationCanceledException)
        {
            bool learns = parsed.CommandResult.Command.Name is "demo" or "train";
            Console.Error.WriteLine(learns
                ? "supsup: stopped; everything acknowledged is stored, and the same command continues from there"
                : "supsup: stopped");
            return UserError.Failed;
        }
        catch (Exception e)
        {
            (string line, int exitCode, bool foreseen) = UserError.Describe(e);
            bool verbose = parsed.GetValue(common.Verbose);
            Console.Error.WriteLine(foreseen
                || verbose ? $"supsup: {line}" : $"supsup: unexpected {e.GetType().Name}: {line} (--verbose shows the trace)");
            if (verbose) Console.Error.WriteLine(e);
            return exitCode;
        }
    }

    /// <summary>The command above all others.</summary>
    public static RootCommand Root(CommonOptions common, IEnumerable<Command> commands)
    {
        RootCommand root =
            new("Learns thousands of classification tasks without forgetting, and infers the task of an input.") { common.Verbose };
        foreach (Command one in commands) root.Subcommands.Add(one);
        return root;
    }

    private static IEnumerable<string> CommandPath(CommandResult result) =>
        (result.Parent is CommandResult parent ? CommandPath(parent) : []).Append(
            result.Command is RootCommand ? "supsup" : result.Command.Name);
}
