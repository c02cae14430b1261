using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SupSup.Cli.Commands;

/// <summary>Prints a command's help, then its details if it has some.</summary>
internal sealed class DetailedHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    private const int Widest = 100;

    private static readonly string Root = DocumentedCommand.Describe(
        "docs/first-hour.md goes from the first command to data of your own.",
        [
            "supsup demo", "supsup train nature flowers --data ./flowers", "supsup predict nature rose.jpg", "supsup experiment list",
            "supsup models show NAME", "supsup silo", "supsup demo --help",
        ]);

    /// <summary>Makes --help print details, and the bare tool print its help.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        HelpAction help = (HelpAction)option.Action!;
        help.MaxWidth = help.MaxWidth > 0 ? Math.Min(help.MaxWidth, Widest) : Widest; // a terminal may say that it has no columns
        DetailedHelpAction detailed = new(help);
        option.Action = detailed;
        root.SetAction(detailed.Invoke);
    }

    /// <summary>Help is given even where the rest of the command line is not complete.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        if (command is InstrumentCommand instrument) return instrument.Become();
        int exitCode = help.Invoke(parseResult);
        string? details = command is RootCommand ? Root : (command as DocumentedCommand)?.Details;
        if (details is not null) parseResult.InvocationConfiguration.Output.WriteLine(details);
        return exitCode;
    }
}
