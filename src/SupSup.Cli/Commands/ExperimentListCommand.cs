using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Experiments.Configuration;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment list`.</summary>
internal static class ExperimentListCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        DocumentedCommand command = new("list", "the named experiments", "Each is data: --json prints every setting.",
            "supsup experiment list", "supsup experiment list --json") { common.Json };
        command.SetAction(result =>
        {
            if (result.GetValue(common.Json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(Presets.All, ConfigJson.Options));
                return 0;
            }

            Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("name").NoWrap());
            table.AddColumns("tasks", "scenario", "what it shows");
            foreach (ExperimentConfig preset in Presets.All)
                table.AddRow(preset.Name, $"{preset.Tasks}", $"{preset.Scenario}", Markup.Escape(preset.Description));
            AnsiConsole.Console.Write(table);
            return 0;
        });
        return command;
    }
}
