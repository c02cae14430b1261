using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Naming;
using SupSup.Core.Networks;
using SupSup.Core.Search;
using SupSup.Core.Training;
using SupSup.Data;

namespace SupSup.Cli.Commands;

/// <summary>`supsup demo`.</summary>
internal static class DemoCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Option<int> tasks = Validation.Number("--tasks", "number of tasks to learn", 1, 100_000, 10);
        string[] recipes = Recipes.All.Names();
        Option<string?> recipe = Validation.Choice(
            "--recipe", $"how masks are trained: {string.Join(", ", recipes)}", "NAME", "fast", recipes);
        Option<int?> batches = Validation.OptionalNumber("--batches", "batches per task (default: the recipe's)", 1, 10_000_000);
        Option<string?> dataset = Validation.Dataset();
        Option<string?> network = Validation.Network("lenet-300-100");
        Option<int> outputs = Validation.Number(
            "--outputs", "output size s; those beyond the classes are superfluous and help inference", 2, 65_536, 500);
        Option<string?> rule = Validation.MaskRule();
        Option<ulong> seed = Validation.Number("--seed", "seed of weights, tasks and training", 0UL, ulong.MaxValue, 1UL);
        Option<string?> objective = Validation.Choice(
            "--objective", "H (entropy) or G (superfluous outputs) (default: G where there are superfluous outputs)", "H|G", null,
            Objectives.All.Names());
        Option<string?> layers = Validation.Choice(
            "--layers", "layers whose gradient counts: first (best for permuted tasks) or all (the exact gradient)", "first|all", "first",
            ["first", "all"]);
        Option<int> shortlist = Validation.Number(
            "--shortlist", "masks to run where the gradient is not certain; the lowest entropy wins; 1 is plain One-shot", 1,
            SearchRule.LargestShortlist, 8);
        Option<double> certain = Validation.Real("--certain",
            "lead of the best gradient, in standard deviations of the other masks, above which it is certain", 0, 1_000_000, 1);
        Option<int?> images = Validation.OptionalNumber("--images", "test images per task (default: all)", 1, int.MaxValue);
        Option<string?> device = Validation.Device();
        Option<string?> model = new("--model") { Description = "name of the model (default: made of the settings)", HelpName = "NAME" };
        Option<string?> output =
            new("--out") { Description = "folder for the table, figure and JSON (default: a new one below runs/MODEL)", HelpName = "DIR" };
        DocumentedCommand command = new(
            "demo",
            "learn permuted-image tasks, then classify test images without being told their task",
            "Learned tasks are kept in the store: a second run reuses them, an interrupted run continues.",
            "supsup demo",
            "supsup demo --tasks 50 --dataset fashion-mnist --out runs/fashion",
            "supsup demo --recipe paper --json")
        {
            tasks, batches, dataset, seed, recipe, network, outputs, rule, objective, layers, shortlist, certain, images,
            device, model, output, common.Store, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string architecture = result.GetValue(network)!;
            DemoOptions options = new()
            {
                Tasks = result.GetValue(tasks),
                Recipe = result.GetValue(recipe)!,
                Batches = result.GetValue(batches),
                Dataset = new DatasetStore(common.Read(result).Data).Canonical(result.GetValue(dataset)!),
                Network = architecture,
                Hidden = Plans.Hidden(architecture),
                Outputs = result.GetValue(outputs),
                MaskRule = result.GetValue(rule) ?? MaskRules.Default,
                Seed = result.GetValue(seed),
                Device = result.GetValue(device)!,
                Objective = result.GetValue(objective),
                FirstLayerOnly = result.GetValue(layers) == "first",
                Shortlist = result.GetValue(shortlist),
                CertainAbove = result.GetValue(certain),
                Images = result.GetValue(images),
                Model = result.GetValue(model),
                Out = result.GetValue(output),
            };
            DemoReport report =
                await new DemoRun(options, common.Read(result), ProgressDisplay.ForStandardError()).RunAsync(cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(report, DemoFiles.Json));
            else DemoTable.Print(report, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
