using System.CommandLine;

namespace SupSup.Cli.Commands;

/// <summary>The commands of the tool.</summary>
internal static class ToolCommands
{
    /// <summary>Makes them.</summary>
    /// <param name="common">The options that they share.</param>
    /// <param name="args">The arguments of the tool, for those commands that are programs of their own.</param>
    public static Command[] Create(CommonOptions common, string[] args) =>
    [
        DemoCommand.Create(common),
        TrainCommand.Create(common),
        PredictCommand.Create(common),
        EvaluateCommand.Create(common),
        TasksCommand.Create(common),
        ExperimentCommand.Create(common),
        ModelsCommand.Create(common),
        DataCommand.Create(common),
        new InstrumentCommand("bench", "measure speed and memory beside their floors and peers, in the same run", "SupSup.Bench", args),
        new InstrumentCommand(
            "loadtest", "put a cluster under load and faults, and check that nothing acknowledged was lost", "SupSup.LoadTest", args),
        SiloCommand.Create(common),
        KeysCommand.Create(common),
        BackupCommand.Create(common),
        RestoreCommand.Create(common),
    ];
}
