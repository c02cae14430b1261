using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using SupSup.Cli.Demo;
using SupSup.Cli.Hosting;
using SupSup.Cli.Output;
using SupSup.Cli.Serving;
using SupSup.Core.Datasets;
using SupSup.Core.Naming;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Data.Formats;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Commands;

/// <summary>`supsup train`.</summary>
internal sealed class TrainCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "the model; it is made where it is new" };
    private readonly Argument<string> _task = new("TASK") { Description = "what the task is called" };
    private readonly Option<string> _data = new("--data")
    {
        Description = "the data: a folder of pictures, a table, or another path or data set (see `supsup data inspect --help`)",
        HelpName = "PATH",
        Required = true,
    };

    private readonly Option<string?> _family = Validation.TaskFamily();
    private readonly Option<string?> _recipe;
    private readonly Option<int?> _batches =
        Validation.OptionalNumber("--batches", "batches to learn from at most (default: the recipe's)", 1, 1_000_000);
    private readonly Option<string?> _network = Validation.ModelNetwork();
    private readonly Option<int?> _outputs;
    private readonly Option<ulong> _seed = Validation.Number<ulong>("--seed", "seed of a new model's fixed weights", 0, ulong.MaxValue, 1);
    private readonly Option<string?> _storage = Validation.Choice(
        "--storage",
        $"where a new model's masks live: {ModelSpec.Reservoir} for Hopfield networks of fixed size, from which they are recovered by a "
            + "batch of images (default: a record of each)",
        "NAME", null, [ModelSpec.Reservoir]);

    private readonly Option<bool> _replace = new("--replace")
    {
        Description = "train a task that is learned once more, from these data; the version before is kept for a while",
    };

    private readonly CommonOptions _common;

    private TrainCommand(CommonOptions common)
    {
        _common = common;
        string[] recipes = Recipes.All.Names();
        _recipe = Validation.Choice(
            "--recipe", $"how the mask is trained: {string.Join(", ", recipes)} (default: own-data; {FittingModel.PictureRecipe} for "
                + "networks over pictures; fast for permuted, rotated and split)",
            "NAME", null, recipes);
        _outputs = Validation.OptionalNumber(
            "--outputs",
            $"outputs of a new model, more than any task has classes (default: {FittingModel.FewestOutputs}, or twice the classes)", 2,
            100_000);
    }

    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new TrainCommand(common).Make();

    private DocumentedCommand Make()
    {
        DocumentedCommand command = new(
            "train",
            "learn a task from data of your own",
            $"""
            A model holds many tasks, each with classes of its own; learning one never changes another. A new model gets a network that
            fits the data (hidden layers {FittingModel.Network}), and takes every later task's data as it took the first: the same size of
            pictures, the same columns. Ctrl-C stops (a silo that runs goes on by itself); the same command goes on from there, and once
            the task is learned does nothing. With --server the data are sent, and kept in the model's store; a path that is not on this
            machine must be one that the server can read. The default family is whole; of a family of several tasks the first is learned
            (classes:A,B chooses others).
            """,
            "supsup train nature flowers --data ./flowers",
            "supsup train nature trees --data ./trees",
            "supsup train animals pets --data ./pets --network resnet18-20",
            "supsup train twos low --data mnist --family classes:0,1 --storage reservoir",
            "supsup train people income --data 'people.csv?label=income'",
            "supsup train digits low --data mnist --family classes:0,1,2,3,4",
            "supsup train nature flowers --data ./more-flowers --replace",
            "supsup train nature sea --data ./sea --server http://host:8080 --key KEY")
        {
            _model, _task, _data, _family, _recipe, _batches, _network, _outputs, _seed, _storage, _replace,
        };
        _common.AddService(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        ProgressDisplay display = ProgressDisplay.ForStandardError();
        (string model, string name) = (result.GetValue(_model)!, result.GetValue(_task)!);
        string path = ServedModel.PathOf(model);
        new TaskNames { Task = name }.Check();
        ServiceOptions options = _common.ReadService(result);
        CheckThere(result.GetValue(_data)!, options);
        await using Service service = await Service.OpenAsync(options, create: true, cancellationToken);
        ServedModel? served = await ServedModel.FindAsync(service, model, cancellationToken);
        if (served is { Spec: null, Error: { } error }) throw new SupSupException(SupSupError.Unavailable, error);
        TaskData data = new() { Dataset = result.GetValue(_data)!, Family = result.GetValue(_family) ?? "whole" };
        ModelSpec spec = served?.Spec ?? await CreateAsync(
            result, service, options.Store.Data, path, data, display, cancellationToken);
        if (served is not null) CheckSame(result, served);
        data = data with { Dataset = spec.InputFormat.AsTaken(data.Dataset) };
        int task = (await service.SendAsync<Allocated>(
            HttpMethod.Post, $"{path}/tasks?name={Uri.EscapeDataString(name)}", null, cancellationToken)).Task;
        if (options.Server is not null && LocalData.Of(data.Dataset) is { } local)
            data = data with { Dataset = await local.SendAsync(service, $"{path}/tasks/{task}/data", display, cancellationToken) };
        TrainingOrder order = new()
        {
            Data = data,
            Recipe = (result.GetValue(_recipe) ?? FittingModel.Recipe(spec, data))!,
            Batches = result.GetValue(_batches),
            Names = new TaskNames { Task = name },
            Replaces = result.GetValue(_replace) ? await ReplacedAsync(service, model, task, cancellationToken) : null,
        };
        TaskSummary learned;
        try
        {
            learned = await LearnAsync(service, $"{path}/tasks/{task}", name, order, display, cancellationToken);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Conflict)
        {
            ImmutableArray<TaskSummary> tasks = await ServedModel.TasksAsync(service, model, cancellationToken);
            if (!tasks.Any(one => one.Task == task)) throw;
            throw new SupSupException(
                e.Error, $"task '{name}' of model {model} was learned from other data or with other options; to learn it again, add "
                    + $"--replace, or '{SupSupHome.Command} tasks delete {model} {name}' first, or choose another name");
        }
        catch (SupSupException e) when (e.Error == SupSupError.InvalidRequest && served is { Tasks: 0 }
            && e.Message.Contains($"model {model}", StringComparison.Ordinal))
        {
            throw new SupSupException(
                e.Error, $"{e.Message}, or delete the model, which has no task: '{SupSupHome.Command} models delete {model}'");
        }

        if (!spec.HasReservoir && (learned.EvidenceSpread is not { } spread || float.IsNaN(spread.Least)))
            display.Line("too few examples to tell inputs that are unlike them; about 1000 are needed");
        TaskAccuracy accuracy = await service.SendAsync<TaskAccuracy>(
            HttpMethod.Post, $"{path}/tasks/{task}/evaluation", new { }, cancellationToken);
        if (accuracy.Remark is { } remark) Console.Error.WriteLine($"warning: {remark}");
        Tell(result, model, name, learned, accuracy);
        return 0;
    }

    private void Tell(ParseResult result, string model, string name, TaskSummary learned, TaskAccuracy accuracy)
    {
        IReadOnlyList<string> classes = learned.Names?.Classes ?? [];
        if (result.GetValue(_common.Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new
                {
                    model,
                    task = learned.Task,
                    name,
                    classes,
                    learned.TrainSeconds,
                    accuracy.Correct,
                    accuracy.Rows,
                    accuracy = accuracy.Share,
                },
                DemoFiles.Json));
            return;
        }

        Console.Out.WriteLine(
            $"task {learned.Task} '{name}' of model {model}: {learned.Classes} classes ({ModelsCommand.Some(classes, "no names")}), "
                + $"{100 * accuracy.Share:F1} % of {accuracy.Rows} test examples right");
        string server = result.GetValue(_common.Server) is { } named ? $" --server {named}" : "";
        Console.Out.WriteLine($"ask it:  {SupSupHome.Command} predict {model} FILE...{server}");
    }

    // Null where the task is not learned yet.
    private static async Task<int?> ReplacedAsync(Service service, string model, int task, CancellationToken cancellationToken) =>
        (await ServedModel.TasksAsync(service, model, cancellationToken)).FirstOrDefault(one => one.Task == task)?.Version;

    // Said before anything is started; another machine's paths are its own.
    private static void CheckThere(string given, ServiceOptions options)
    {
        if (options.Server is null && DatasetStore.IsPath(given) && DatasetAddress.Parse(given).Path is { } path && !Path.Exists(path))
            throw new DatasetException(path, "there is no such file or folder", "check --data");
    }

    private async Task<ModelSpec> CreateAsync(
        ParseResult result, Service service, string datasets, string path, TaskData data, ProgressDisplay display,
        CancellationToken cancellationToken)
    {
        // Read here to know what network fits: a silo on this machine reads the same files, another one is sent them.
        string source = data.Dataset;
        bool isStretched = false;
        if (DatasetStore.IsPath(source))
        {
            (DatasetAddress address, string? remark) = FittingModel.Suitable(DatasetAddress.Parse(source));
            if (remark is not null) display.Line(remark);
            (source, isStretched) = (address.ToString(), address.Text("fit") == "stretch");
        }

        Dataset dataset = await new DatasetStore(datasets).OpenAsync(source, display, cancellationToken);
        ClassificationTask task = SupSupException.Checked(() => TaskFamilies.Get(data.Family).Make(dataset, data.Seed, data.Index));
        ModelSpec spec = SupSupException.Checked(() => FittingModel.Of(
            dataset, task.Classes, isStretched, Network(result), result.GetValue(_outputs), result.GetValue(_seed),
            result.GetValue(_storage)));
        await service.SendAsync<ServedModel>(HttpMethod.Put, path, spec, cancellationToken);
        display.Line($"made model {Path.GetFileName(path)}: network {spec.Plan}, inputs {spec.InputFormat!.ShapeText}");
        return spec;
    }

    // The option's value, or what the file of that name says.
    private string? Network(ParseResult result)
    {
        string? given = result.GetValue(_network);
        if (given?.EndsWith(".json", StringComparison.OrdinalIgnoreCase) != true) return given;
        return File.Exists(given) ? File.ReadAllText(given) : throw new SupSupException(
            SupSupError.InvalidRequest, $"there is no such file '{given}'; check --network");
    }

    private void CheckSame(ParseResult result, ServedModel served)
    {
        ModelSpec spec = served.Spec!;
        if (Network(result) is { } network
            && SupSupException.Checked(() => Plans.Of(network, Plans.Parse(spec.Plan).Input, spec.Outputs)) is var asked
            && Steps(asked) != Steps(Plans.Parse(spec.Plan)))
            throw Other("--network", Steps(asked), Steps(Plans.Parse(spec.Plan)));
        if (result.GetValue(_outputs) is { } outputs && outputs != spec.Outputs) throw Other("--outputs", $"{outputs}", $"{spec.Outputs}");
        if (result.GetResult(_seed) is { Implicit: false } && result.GetValue(_seed) is var seed && seed != spec.Seed)
            throw Other("--seed", $"{seed}", $"{spec.Seed}");

        if (result.GetValue(_storage) is { } storage && storage != spec.Storage)
            throw Other("--storage", storage, spec.Storage ?? "a record of each mask");

        static string Steps(NetworkPlan plan) => plan.IsDense ? string.Join('-', plan.Hidden) : plan.ToString().Split('/')[0];

        SupSupException Other(string option, string asked, string has) => new(
            SupSupError.Conflict,
            $"model '{served.Name}' exists with {option} {has}, not {asked}; leave the option out, or choose another model");
    }

    private static async Task<TaskSummary> LearnAsync(
        Service service, string path, string name, TrainingOrder order, ProgressDisplay display, CancellationToken cancellationToken)
    {
        TrainingStep step = await service.SendAsync<TrainingStep>(HttpMethod.Put, $"{path}/training", order, cancellationToken);
        if (step is { State: TrainingState.Trained, Summary: { } before })
        {
            display.Line($"task '{name}' was learned before, on the same data");
            return before;
        }

        TaskSummary? learned = null;
        await display.RunAsync($"learning '{name}'", 1, async stage =>
        {
            double reported = 0;
            await foreach (TrainingStep now in service.LinesAsync<TrainingStep>($"{path}/training/progress", cancellationToken))
            {
                double done = now.State == TrainingState.Trained ? 1 : now.Batches == 0 ? 0 : now.BatchesDone / (double)now.Batches;
                stage.Advance(Math.Max(0, done - reported));
                reported = Math.Max(reported, done);
                if (now.Error is { } error) throw new SupSupException(SupSupError.InvalidRequest, error);
                if (now.State == TrainingState.Cancelled)
                    throw new SupSupException(
                        SupSupError.Conflict, $"training of '{name}' was cancelled; order it again if it should be learned");
                learned = now.Summary;
            }
        });
        return learned ?? throw new SupSupException(
            SupSupError.Unavailable, $"the silo that trained '{name}' was lost; the same command goes on from its last checkpoint");
    }

    private sealed record Allocated(int Task);

    private sealed record TrainingStep(TrainingState State, int BatchesDone, int Batches, TaskSummary? Summary, string? Error);
}
