using System.CommandLine;
using SupSup.Cli.Hosting;

namespace SupSup.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal sealed class CommonOptions
{
    public Option<string> Store { get; } = new("--store") { Description = "folder of models and masks (default: $SUPSUP_HOME/store, or ~/.supsup/store)", HelpName = "DIR" };

    public Option<string> Data { get; } = new("--data") { Description = "folder of datasets (default: $SUPSUP_HOME/data, or ~/.supsup/data)", HelpName = "DIR" };

    public Option<bool> Json { get; } = new("--json") { Description = "print exactly one JSON object on stdout" };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "print the silo's log, and the whole trace of an error, to stderr", Recursive = true };

    public StoreOptions Read(ParseResult result) => new(
        Path.GetFullPath(result.GetValue(Store) ?? SupSupHome.Store), Path.GetFullPath(result.GetValue(Data) ?? SupSupHome.Data), result.GetValue(Verbose));
}
