using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Output;
using SupSup.Core.Reservoirs;
using SupSup.Experiments.Capacity;
using SupSup.Experiments.Configuration;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment hop-capacity`.</summary>
internal static class ExperimentCapacityCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Option<int> units = Validation.Number("--units", "units of the reservoir", 16, Reservoir.LargestUnits, 2048);
        Option<ulong> seed = Validation.Number("--seed", "seed of the masks", 0UL, ulong.MaxValue, 1UL);
        Option<string> output = new("--out")
        {
            Description = "folder of the table and the figure",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("runs", "hop-capacity"),
        };
        DocumentedCommand command = new(
            "hop-capacity",
            "measure how many masks a reservoir holds, by Storkey's rule and by Hebb's",
            "Random masks are stored one after another, disturbed and asked for. Writes capacity.csv, capacity.png and capacity.svg.",
            "supsup experiment hop-capacity",
            "supsup experiment hop-capacity --units 256 --out capacity-256 --json")
        {
            units, seed, output, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string path = Path.GetFullPath(result.GetValue(output)!);
            ImmutableArray<CapacityPoint> points = await new CapacityRun(result.GetValue(units), ProgressDisplay.ForStandardError())
                .RunAsync(result.GetValue(seed), path, cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(points, ConfigJson.Options));
            else Print(points, path);
            return 0;
        });
        return command;
    }

    private static void Print(ImmutableArray<CapacityPoint> points, string path)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("rule", "units kept", "masks held without an error");
        foreach (var curve in points.GroupBy(point => (point.Rule, point.Kept)))
            table.AddRow($"{curve.Key.Rule}", $"{curve.Key.Kept:P0}", $"{CapacityRun.Holds(curve)}");
        AnsiConsole.Console.Write(table);
        AnsiConsole.Console.MarkupLineInterpolated($"written to {path}");
    }
}
