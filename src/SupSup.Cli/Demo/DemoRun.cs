using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Cli.Hosting;
using SupSup.Cli.Output;
using SupSup.Client;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Inference;
using SupSup.Core.Training;
using SupSup.Data;
using SupSup.Experiments.Files;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Cli.Demo;

/// <summary>The main job end to end: fetch data, learn tasks in grains, classify test images whose task is not told, report.</summary>
internal sealed class DemoRun(DemoOptions options, StoreOptions store, ProgressDisplay display)
{
    private TrainingOrder Order(int task) => new()
    {
        Data = new TaskData { Dataset = options.Dataset, Family = "permuted", Seed = options.Seed, Index = task },
        Recipe = options.Recipe,
        Batches = options.Batches,
    };

    /// <summary>Runs it.</summary>
    /// <returns>What came out; figures and tables lie in its folder.</returns>
    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Recipe recipe = Recipes.Get(options.Recipe);
        recipe = recipe with { Batches = options.Batches ?? recipe.Batches };
        GrainKeys.CheckModel(options.ModelName);
        string folder = Path.GetFullPath(options.Out ?? Path.Combine("runs", options.ModelName, options.RunName));
        display.Line($"SupSup demo: {options.Tasks} permuted {options.Dataset} tasks on {options.Network} with {options.Outputs} outputs, "
            + $"recipe {recipe.Name} ({recipe.Batches} batches of {recipe.BatchSize})");
        Dataset dataset = await OpenDatasetAsync(cancellationToken);

        CheckObjective(dataset.Classes);
        int atOnce = Environment.ProcessorCount;
        await using EmbeddedSilo silo = await EmbeddedSilo.StartAsync(store, cancellationToken, settings =>
        {
            settings.Compute.Device = options.Device;

            // Twice a group, so that one gathers while the other is trained.
            if (ComputeDevice.Parse(options.Device).Gpu is not null) atOnce = 2 * settings.Compute.DeviceTasks;
        });
        SupSupModel model = await silo.Client.CreateAsync(options.ModelName, Spec(dataset), cancellationToken);
        CreateFolder(folder);
        TaskDataLibrary library = silo.Services.GetRequiredService<TaskDataLibrary>();
        ImmutableArray<TaskSummary> before = (await model.DescribeAsync(cancellationToken)).Tasks;
        int reused = Reusable(before);
        display.Line(Reuse(reused, before.Length));

        long learning = Stopwatch.GetTimestamp();
        await DemoLearning.LearnAsync(
            reused == options.Tasks ? "checking stored tasks" : "learning", model, Order, [.. Enumerable.Range(0, options.Tasks)], atOnce,
            recipe, display, cancellationToken);
        double trainSeconds = reused == options.Tasks ? 0 : Stopwatch.GetElapsedTime(learning).TotalSeconds;

        ImmutableArray<TaskSummary> tasks =
            [.. (await model.DescribeAsync(cancellationToken)).Tasks.Where(task => task.Task < options.Tasks).OrderBy(task => task.Task)];
        int images = Math.Min(options.Images ?? dataset.Test.Count, dataset.Test.Count);
        InferenceOptions inference = new()
        {
            Objective = options.Objective,
            FirstLayerOnly = options.FirstLayerOnly,
            Shortlist = options.Shortlist,
            CertainAbove = options.CertainAbove,
            Candidates = before.Any(task => task.Task >= options.Tasks) ? [.. tasks.Select(task => task.Task)] : default,
        };
        DemoEvaluation evaluation = new(model, task => library.OpenAsync(Order(task).Data!), inference, images);
        List<TaskResult> results = [];
        await display.RunAsync("inferring tasks", (double)images * tasks.Length, async stage =>
        {
            foreach (TaskSummary task in tasks)
            {
                results.Add(await evaluation.EvaluateAsync(task, stage, cancellationToken));
                stage.Note($"task {task.Task}: {results[^1].TaskInferenceAccuracy:P2} of {images} images traced to their task");
            }
        });
        List<CurvePoint> curve = await CurveAsync(evaluation, [.. tasks.Select(task => task.Task)], cancellationToken);

        DemoReport report = new()
        {
            Model = model.Name,
            Dataset = options.Dataset,
            Scenario = "GNu",
            Network = options.Network,
            Outputs = options.Outputs,
            Recipe = recipe.Name,
            Batches = recipe.Batches,
            Seed = options.Seed,
            Objective = Objectives.Choose(options.Objective, dataset.Classes, options.Outputs).Name,
            Layers = options.FirstLayerOnly ? "first" : "all",
            Shortlist = options.Shortlist,
            CertainAbove = options.CertainAbove,
            Tasks = tasks.Length,
            ReusedTasks = reused,
            Accuracy = Mean(results.Select(result => result.Accuracy)),
            GivenTaskAccuracy = Mean(results.Select(result => result.GivenTaskAccuracy)),
            TaskInferenceAccuracy = Mean(results.Select(result => result.TaskInferenceAccuracy)),
            ImageAccuracy = Mean(results.Select(result => result.ImageAccuracy)),
            BytesPerTask = results.Average(result => result.Bytes),
            TrainSeconds = trainSeconds,
            InferSeconds = evaluation.InferenceTime.TotalSeconds,
            InferQueries = images * tasks.Length,
            TotalSeconds = Stopwatch.GetElapsedTime(begin).TotalSeconds,
            Out = folder,
            Store = store.Store,
            PerTask = results,
            Curve = curve,
        };
        DemoFiles.Write(report);
        return report;
    }

    // Counts over at most 10^10 images: six digits hide only the rounding of the sum.
    private static double Mean(IEnumerable<double> shares) => Math.Round(shares.Average(), 6);

    private static void CreateFolder(string folder)
    {
        try
        {
            // Now, not when everything was learned and there is nowhere to put it.
            AtomicFile.Write(Path.Combine(folder, "results.csv"), path => File.WriteAllText(path, ""), replace: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot write into the folder {folder} ({e.Message.TrimEnd('.')}); choose another with --out", e);
        }
    }

    // Before learning, not after it.
    private void CheckObjective(int classes)
    {
        if (options.Objective is { } name) SupSupException.Checked(() => Objectives.Get(name).Check(classes, options.Outputs));
    }

    private int Reusable(ImmutableArray<TaskSummary> stored)
    {
        foreach (TaskSummary task in stored.Where(task => task.Task < options.Tasks && task.Order != Order(task.Task)))
            throw new SupSupException(
                SupSupError.Conflict,
                $"model '{options.ModelName}' learned task {task.Task} by another order ({task.Order}) than this one ({Order(task.Task)}); "
                    + "choose another --model");
        return stored.Count(task => task.Task < options.Tasks);
    }

    private ModelSpec Spec(Dataset dataset) => new()
    {
        Inputs = dataset.Train.Shape.Length,
        Hidden = options.Hidden,
        Outputs = options.Outputs,
        Classes = dataset.Classes,
        Seed = options.Seed,
        MaskRule = options.MaskRule,
    };

    private string Reuse(int reused, int stored) => reused switch
    {
        0 => $"model {options.ModelName} is new: all {options.Tasks} tasks will be learned",
        _ when reused == options.Tasks =>
            $"model {options.ModelName}: all {reused} tasks were learned before and are "
                + $"reused{(stored > reused ? $" (it has {stored}; the other {stored - reused} are not used)" : "")}",
        _ => $"model {options.ModelName}: {reused} of {options.Tasks} tasks were learned before and are reused",
    };

    private async Task<Dataset> OpenDatasetAsync(CancellationToken cancellationToken) =>
        await new DatasetStore(store.Data).OpenAsync(options.Dataset, display, cancellationToken);

    private async Task<List<CurvePoint>> CurveAsync(
        DemoEvaluation evaluation, ImmutableArray<int> tasks, CancellationToken cancellationToken)
    {
        // At most ten points, evenly spaced; the last has every task.
        int[] counts = [.. Enumerable.Range(1, 10).Select(step => Math.Max(1, tasks.Length * step / 10)).Distinct()];
        List<CurvePoint> curve = [];
        await display.RunAsync("accuracy against tasks learned", counts.Sum(), async stage =>
        {
            foreach (int count in counts)
                curve.Add(await evaluation.CurvePointAsync(tasks[..count], count == tasks.Length, stage, cancellationToken));
        });
        return curve;
    }
}
