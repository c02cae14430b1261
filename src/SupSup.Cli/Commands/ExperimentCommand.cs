using System.CommandLine;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using SupSup.Cli.Experiments;
using SupSup.Cli.Output;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Inference;
using SupSup.Core.Naming;
using SupSup.Core.Reservoirs;
using SupSup.Core.Search;
using SupSup.Core.TaskInference;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Data.Formats;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Methods;
using SupSup.Experiments.Running;
using SupSup.Grains.Interfaces.Models;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Cli.Commands;

/// <summary>`supsup experiment NAME`.</summary>
internal static class ExperimentCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        Argument<string> name = Named("which experiment; `supsup experiment list` names them all");
        Option<string?> dataset = new("--dataset")
        {
            Description = $"{string.Join(", ", DatasetStore.BuiltIn.Names())}, or a path of your own data",
            HelpName = "NAME|PATH",
        };
        Option<int?> tasks = Validation.OptionalNumber("--tasks", "number of tasks", 1, 1_000_000);
        Option<string?> scenario = Validation.Choice(
            "--scenario", "whether the task is given in training and at inference, and labels are shared", "GG|GNs|GNu|NNs", null,
            Enum.GetNames<Scenario>());
        Option<string?> method = Validation.Choice(
            "--method", "supsup, hop (masks in reservoirs), or a rival", "NAME", null,
            ["supsup", ExperimentConfig.HopMethod, .. Rivals.Names]);
        Option<string?> family = Validation.TaskFamily();
        Option<string?> network = Validation.Network(null);
        Option<int?> outputs = Validation.OptionalNumber("--outputs", "output size s", 2, 65_536);
        Option<string?> rule = Validation.MaskRule();
        Option<int?> batches = Validation.OptionalNumber("--batches", "batches per task", 1, 10_000_000);
        Option<int?> batchSize = Validation.OptionalNumber("--batch-size", "examples per batch", 1, 65_536);
        Option<string?> recipe = Validation.Choice("--recipe", "how masks are trained", "NAME", null, Recipes.All.Names());
        Option<double?> rate = Validation.OptionalReal("--learning-rate", "peak learning rate, in place of the recipe's", 1e-9, 1e3);
        Option<double?> firstRate = Validation.OptionalReal("--first-layer-rate", "the first layer's learning rate", 1e-9, 1e3);
        Option<string?> initial = Validation.Choice(
            "--initial-scores", "scores at the start: each task's own, or the same for all", "own|shared", null, ["own", "shared"]);
        Option<bool?> transfer = new("--transfer")
        {
            Description = "start each task from the mean of the scores that those before it ended with",
        };
        Option<double?> rotated = Validation.OptionalReal(
            "--rotated-share", "share of training images shown turned, as classes of their own on superfluous outputs", 0, 0.99);
        Option<string?> objective = Validation.Choice(
            "--objective", "H (entropy) or G (superfluous outputs)", "H|G", null, Objectives.All.Names());
        Option<string?> inference = Validation.Choice(
            "--inference", "how the task is inferred", "NAME", null, TaskInferences.All.Names());
        Option<int?> steps = Validation.OptionalNumber("--steps", "gradient steps of inference optimized", 1, 10_000);
        Option<double?> stepSize = Validation.OptionalReal("--step-size", "size of these steps", 1e-9, 1e9);
        Option<string?> layers = Validation.Choice("--layers", "layers whose gradient counts", "first|all", null, ["first", "all"]);
        Option<int?> shortlist = Validation.OptionalNumber(
            "--shortlist", "masks to run where the gradient is not certain", 1, SearchRule.LargestShortlist);
        Option<int?> queries = Validation.OptionalNumber("--queries", "images of each task to ask one by one at the end", 0, 1_000_000);
        Option<string?> allocation = Validation.Choice(
            "--allocation", "NNs: how a batch gets its mask", "NAME", null, [.. AllocationRules.Names]);
        Option<double?> fit = Validation.OptionalReal(
            "--fit", "NNs: share of the way from chance to its usual accuracy at which a mask fits a batch", 0.01, 1);
        Option<int?> cap = Validation.OptionalNumber("--mask-cap", "NNs: largest number of masks", 1, 1_000_000);
        Option<string?> storage = Validation.Choice(
            "--storage", "hop: the rule by which reservoirs store masks", "NAME", null, Enum.GetNames<StorageRule>());
        Option<ulong?> seed = Validation.OptionalNumber("--seed", "seed of weights, tasks and training", 0UL, ulong.MaxValue);
        Option<string?> device = Validation.Device();
        Option<string?> masks = new("--masks")
        {
            Description = "folder of a run with the same training, whose masks are taken over",
            HelpName = "DIR",
        };
        Option<string?> output = new("--out") { Description = "the run's folder (default: a new one below runs/)", HelpName = "DIR" };
        DocumentedCommand command = new(
            "experiment",
            "run a named experiment end to end, with the paper's rules, and write its tables and figures",
            "An interrupted run continues where it stopped; a finished one is never overwritten.",
            "supsup experiment permuted",
            "supsup experiment lenet-250 --tasks 50 --seed 2",
            "supsup experiment permuted --scenario NNs --json")
        {
            name, dataset, tasks, scenario, method, family, network, outputs, rule, batches, batchSize, recipe, rate, firstRate, initial,
            transfer, rotated,
            objective, inference, steps, stepSize, layers, shortlist, queries, allocation, fit, cap, storage, seed, device,
            masks, output, common.Data, common.Json,
        };
        command.Subcommands.Add(ExperimentListCommand.Create(common));
        command.Subcommands.Add(ExperimentTuneCommand.Create(common));
        command.Subcommands.Add(ExperimentCompareCommand.Create(common));
        command.Subcommands.Add(ExperimentReportCommand.Create(common));
        command.Subcommands.Add(ExperimentSuiteCommand.Create(common));
        command.Subcommands.Add(ExperimentStepsCommand.Create(common));
        command.Subcommands.Add(ExperimentCapacityCommand.Create(common));
        command.Subcommands.Add(ExperimentPaperCommand.Create(common));
        command.Subcommands.Add(ExperimentMethodCommand.Create(common));
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStore store = new(common.Read(result).Data);
            ExperimentConfig preset = Presets.Get(result.GetValue(name)!);
            ExperimentConfig config = preset with
            {
                Dataset = SupSupException.Checked(() => DataOf(store, preset, result.GetValue(dataset))),
                DatasetOptions = null,
                Tasks = result.GetValue(tasks) ?? preset.Tasks,
                Scenario = result.GetValue(scenario) is { } chosen ? Enum.Parse<Scenario>(chosen) : preset.Scenario,
                Method = result.GetValue(method) ?? preset.Method,
                Family = result.GetValue(family) ?? preset.Family,
                Network = result.GetValue(network) ?? preset.Network,
                Outputs = result.GetValue(outputs) ?? preset.Outputs,
                MaskRule = result.GetValue(rule) ?? preset.MaskRule,
                Batches = result.GetValue(batches) ?? preset.Batches,
                BatchSize = result.GetValue(batchSize) ?? preset.BatchSize,
                Recipe = result.GetValue(recipe) ?? preset.Recipe,
                LearningRate = result.GetValue(rate) ?? preset.LearningRate,
                FirstLayerLearningRate = result.GetValue(firstRate) ?? preset.FirstLayerLearningRate,
                SharedInitialScores = result.GetValue(initial) switch { null => preset.SharedInitialScores, "shared" => true, _ => false },
                Transfer = result.GetValue(transfer) ?? preset.Transfer,
                RotatedShare = result.GetValue(rotated) ?? preset.RotatedShare,
                Objective = result.GetValue(objective) ?? preset.Objective,
                Inference = result.GetValue(inference) ?? preset.Inference,
                Steps = result.GetValue(steps) ?? preset.Steps,
                StepSize = result.GetValue(stepSize) ?? preset.StepSize,
                Layers = result.GetValue(layers) switch { null => preset.Layers, "first" => LayerSelection.First, _ => LayerSelection.All },
                Shortlist = result.GetValue(shortlist) ?? preset.Shortlist,
                Queries = result.GetValue(queries) ?? preset.Queries,
                Allocation = result.GetValue(allocation) ?? preset.Allocation,
                Fit = result.GetValue(fit) ?? preset.Fit,
                MaskCap = result.GetValue(cap) ?? preset.MaskCap,
                Storage = result.GetValue(storage) is { } stored ? Enum.Parse<StorageRule>(stored) : preset.Storage,
                Seed = result.GetValue(seed) ?? preset.Seed,
            };
            SupSupException.Checked(() => config.Validated());
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            Dataset images = await store.OpenAsync(config.Dataset, display, cancellationToken);
            if (result.GetValue(tasks) is null && config.Within(images) is var fewer && fewer != config)
            {
                display.Line($"{config.Dataset} has {images.Classes} classes, enough for {fewer.Tasks} of {config.Tasks} tasks");
                config = fewer;
            }

            ExperimentResult found = await RunAsync(
                config, images, new RunResources(ComputeDevice.Parse(result.GetValue(device)!), Masks: result.GetValue(masks)),
                result.GetValue(output) ?? Path.Combine("runs", "experiments", $"{config.Name}-{Fingerprint(config)}"),
                display, cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(found, ConfigJson.Options));
            else ExperimentTable.Print(found, AnsiConsole.Console);
            return 0;
        });
        return command;
    }

    /// <summary>Runs an experiment in its folder, or goes on there.</summary>
    public static async Task<ExperimentResult> RunAsync(
        ExperimentConfig config, Dataset images, RunResources resources, string folder, ProgressDisplay display,
        CancellationToken cancellationToken)
    {
        ExperimentRun run = new(config, resources, display);
        SupSupException.Checked(() => run.Check(images));
        return await run.RunAsync(images, folder, cancellationToken);
    }

    public static Argument<string> Named(string description)
    {
        Argument<string> name = new("NAME") { Description = description, HelpName = "NAME" };
        name.CompletionSources.Add(Presets.All.Names());
        name.Validators.Add(result =>
        {
            string given = result.Tokens[0].Value;
            string[] known = Presets.All.Names();
            if (!known.Contains(given))
                result.AddError(
                    $"unknown experiment '{given}': `supsup experiment list` names them all{Suggestion.For(given, [.. known, "list"])}");
        });
        return name;
    }

    /// <summary>The data that are given, or else the preset's; a path with the options that the preset asks for.</summary>
    /// <exception cref="ArgumentException">None are given, and the preset needs data of the user.</exception>
    public static string DataOf(DatasetStore store, ExperimentConfig preset, string? given)
    {
        string named = store.Canonical(given ?? preset.Dataset);
        if (named.Length == 0)
            throw new ArgumentException(
                $"experiment '{preset.Name}' has no data that can be fetched: name a folder of pictures, train/CLASS/* and val/CLASS/*, "
                    + $"as in `supsup experiment {preset.Name} --dataset ./imagenet`");
        return preset.DatasetOptions is { } options && DatasetStore.IsPath(named)
            ? options.Split('&').Aggregate(DatasetAddress.Parse(named), (path, option) => path.Completed(option)).ToString()
            : named;
    }

    // The same settings find the same folder.
    private static string Fingerprint(ExperimentConfig config) =>
        XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(ConfigJson.Write(config))).ToString("x8");
}
