using System.CommandLine;
using System.Text.Json;
using SupSup.Cli.Output;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Walkthrough;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment method`.</summary>
internal static class ExperimentMethodCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        WalkthroughSettings usual = new();
        Option<int> tasks = Validation.Number("--tasks", "number of permuted MNIST tasks", 2, 1000, usual.Tasks);
        Option<string?> recipe = Validation.Choice(
            "--recipe", "how masks are trained", "NAME", usual.Recipe.Name, [.. Recipes.All.Select(known => known.Name)]);
        Option<ulong> seed = Validation.Number("--seed", "seed of weights, tasks and training", 0UL, ulong.MaxValue, usual.Seed);
        Option<string> output = new("--out")
        {
            Description = "folder of the figures",
            HelpName = "DIR",
            DefaultValueFactory = _ => Path.Combine("runs", "method"),
        };
        DocumentedCommand command = new(
            "method",
            "draw the figures of docs/method.md: training a mask, superposition, one gradient",
            """
            Trains masks of permuted MNIST by the readable reference (src/SupSup.Reference), superimposes them and asks for the task of
            pictures. Each figure is written as PNG and SVG. It takes a minute or two on two cores.
            """,
            "supsup experiment method",
            "supsup experiment method --tasks 5 --out docs/images")
        {
            tasks, recipe, seed, output, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            WalkthroughSettings settings = usual with
            {
                Tasks = result.GetValue(tasks),
                Recipe = Recipes.Get(result.GetValue(recipe)!),
                Seed = result.GetValue(seed),
            };
            WalkthroughRun run = new(
                settings, await new DatasetStore(common.Read(result).Data).OpenAsync("mnist", display, cancellationToken), display);
            WalkthroughRecord record = await run.RunAsync(cancellationToken);
            string folder = Path.GetFullPath(result.GetValue(output)!);
            Directory.CreateDirectory(folder);
            IReadOnlyList<string> figures = WalkthroughFigures.Write(record, folder);
            if (result.GetValue(common.Json))
                Console.Out.WriteLine(
                    JsonSerializer.Serialize(new { Figures = figures, record.Accuracies, record.Found }, ConfigJson.Options));
            else
                Console.Out.WriteLine(
                    $"""
                    accuracy with the task given: {record.Accuracies.Average():F4}
                    tasks found by one gradient: {record.Found} of {settings.Tasks * settings.Queries} pictures
                    {string.Join('\n', figures)}
                    """);
            return 0;
        });
        return command;
    }
}
