using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SupSup.Cli.Commands;

/// <summary>Prints a command's help, then its details if it has some.</summary>
internal sealed class DetailedHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>Makes --help print details, and the bare tool print its help.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        HelpAction help = (HelpAction)option.Action!;
        help.MaxWidth = Math.Min(help.MaxWidth, 100);
        option.Action = new DetailedHelpAction(help);
        root.SetAction(help.Invoke);
    }

    /// <summary>Help is given even where the rest of the command line is not complete.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is InstrumentCommand instrument) return instrument.Become();
        int exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DocumentedCommand command)
            parseResult.InvocationConfiguration.Output.WriteLine(command.Details);
        return exitCode;
    }
}
