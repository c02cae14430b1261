using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Core.Inference;
using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Cli.Commands;

/// <summary>`supsup demo`.</summary>
internal static class DemoCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Option<int> tasks = new Option<int>("--tasks") { Description = "number of tasks to learn", HelpName = "N", DefaultValueFactory = _ => 10 }.Between(1, 100_000);
        Option<string> recipe = new Option<string>("--recipe") { Description = $"how masks are trained: {string.Join(", ", Recipes.All.Select(r => r.Name))}", HelpName = "NAME", DefaultValueFactory = _ => "fast" }
            .AcceptOnlyFromAmong([.. Recipes.All.Select(r => r.Name)]);
        Option<int?> batches = new Option<int?>("--batches") { Description = "batches per task (default: the recipe's)", HelpName = "N" }.Between(1, 10_000_000);
        Option<string> dataset = new("--dataset") { Description = "mnist, fashion-mnist, or a folder of IDX files", HelpName = "NAME|DIR", DefaultValueFactory = _ => "mnist" };
        Option<string> network = new("--network") { Description = $"hidden layers: {string.Join(", ", Architecture.Named.Keys)}, or sizes such as 512-256", HelpName = "NAME", DefaultValueFactory = _ => "lenet-300-100" };
        network.Validators.Add(result => Validation.Report(result, () => Architecture.Parse(result.GetValueOrDefault<string>()!)));
        Option<int> outputs = new Option<int>("--outputs") { Description = "output size s; those beyond the classes are superfluous and help inference", HelpName = "N", DefaultValueFactory = _ => 500 }.Between(2, 65_536);
        Option<ulong> seed = new("--seed") { Description = "seed of weights, tasks and training", HelpName = "N", DefaultValueFactory = _ => 1UL };
        Option<string?> objective = new Option<string?>("--objective") { Description = "H (entropy) or G (superfluous outputs) (default: G where there are superfluous outputs)", HelpName = "H|G" }
            .AcceptOnlyFromAmong([.. Objectives.All.Select(o => o.Name)]);
        Option<string> layers = new Option<string>("--layers") { Description = "layers whose terms of the gradient are summed: first (tells permuted tasks apart best) or all (the exact gradient)", HelpName = "first|all", DefaultValueFactory = _ => "first" }
            .AcceptOnlyFromAmong("first", "all");
        Option<int> shortlist = new Option<int>("--shortlist") { Description = "best masks by gradient that are run, lowest entropy wins; 1 is plain One-shot", HelpName = "N", DefaultValueFactory = _ => 4 }.Between(1, 64);
        Option<int?> images = new Option<int?>("--images") { Description = "test images per task (default: all)", HelpName = "N" }.Between(1, int.MaxValue);
        Option<string?> model = new("--model") { Description = "name of the model (default: made of the settings)", HelpName = "NAME" };
        Option<string?> output = new("--out") { Description = "folder for the table, figure and JSON (default: runs/MODEL)", HelpName = "DIR" };
        Command command = new(
            "demo",
            """
            learn permuted-image tasks in grains, then classify test images whose task is not given

            Learned tasks are kept in the store: a second run reuses them, a run that was cut off goes on.

            Examples:
              supsup demo
              supsup demo --tasks 50 --dataset fashion-mnist --out runs/fashion
              supsup demo --recipe paper --json
            """)
        {
            tasks, batches, dataset, seed, recipe, network, outputs, objective, layers, shortlist, images, model, output, common.Store, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string architecture = result.GetValue(network)!;
            DemoOptions options = new()
            {
                Tasks = result.GetValue(tasks),
                Recipe = result.GetValue(recipe)!,
                Batches = result.GetValue(batches),
                Dataset = result.GetValue(dataset)!,
                Network = architecture,
                Hidden = Architecture.Parse(architecture),
                Outputs = result.GetValue(outputs),
                Seed = result.GetValue(seed),
                Objective = result.GetValue(objective),
                FirstLayerOnly = result.GetValue(layers) == "first",
                Shortlist = result.GetValue(shortlist),
                Images = result.GetValue(images),
                Model = result.GetValue(model),
                Out = result.GetValue(output),
            };
            DemoReport report = await new DemoRun(options, common.Read(result), ProgressDisplay.ForStandardError()).RunAsync(cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(report, DemoFiles.Json));
            else DemoTable.Print(report, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
