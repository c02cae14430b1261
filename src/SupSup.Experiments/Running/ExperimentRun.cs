using System.Collections.Immutable;
using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Reservoirs;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Learners;
using SupSup.Experiments.Reports;

namespace SupSup.Experiments.Running;

/// <summary>Runs one experiment from start to end, or on from where it was cut off.</summary>
/// <param name="config">The experiment.</param>
/// <param name="resources">What it may use.</param>
/// <param name="display">Hears how far it is.</param>
public sealed class ExperimentRun(ExperimentConfig config, RunResources resources, IRunDisplay display)
{
    /// <summary>Runs it.</summary>
    /// <param name="dataset">The data.</param>
    /// <param name="path">The run's folder: a new one, or one of a run with the same settings.</param>
    /// <param name="cancellationToken">Stops; what was finished is kept.</param>
    /// <returns>The result; of a run that had finished, the one it had.</returns>
    /// <exception cref="ArgumentException">The settings do not go together, or not with the data.</exception>
    /// <exception cref="IOException">The folder holds another run, or cannot be written or read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<ExperimentResult> RunAsync(Dataset dataset, string path, CancellationToken cancellationToken)
    {
        Check(dataset);
        using RunFolder folder = RunFolder.Open(path, config);
        if (folder.Read<ExperimentResult>("results.json") is { } finished)
        {
            display.Line($"{config.Name}: already finished{(finished.Commit is { } by ? $" by the build of commit {by}" : "")}, in "
                + $"{folder.Path}; nothing is run again");
            return finished with { Out = folder.Path };
        }

        display.Line($"{config.Name}: {config.Tasks} {config.Family} {config.DatasetTitle} tasks, {config.Scenario}, "
            + $"{config.Method} on {config.Network} with {config.Outputs} outputs; {folder.Path}");
        if (resources.Masks is { } other)
            display.Line($"{config.Name}: {folder.TakeMasks(other, config)} of {config.Tasks} masks taken from {other}");
        TaskSequence tasks = new(dataset, TaskFamilies.Get(config.Family), config.Seed);
        SittingClock clock = SittingClock.Start(folder);
        List<CheckpointResult> checkpoints = [];
        using ILearner learner = Learner(tasks, folder);
        int learned = 0;
        foreach (int at in config.EvaluatedAt)
        {
            int from = learned;
            await display.RunAsync(
                $"learning {from + 1} to {at}", at - from, stage => learner.LearnAsync(from, at, stage, cancellationToken));
            learned = at;
            CheckpointResult? checkpoint = folder.ReadCheckpoint(at);
            if (checkpoint is null)
            {
                await display.RunAsync(
                    $"evaluating {at}", at, async stage => checkpoint = await learner.EvaluateAsync(at, stage, cancellationToken));
                folder.WriteCheckpoint(checkpoint!);
                clock.Save();
            }

            checkpoints.Add(checkpoint!);
            display.Line($"after {at} tasks: accuracy {checkpoint!.Accuracy:F4}, task given "
                + $"{checkpoint.GivenTaskAccuracy:F4}"
                + $"{(double.IsNaN(checkpoint.TaskInferenceAccuracy) ? "" : $", task found {checkpoint.TaskInferenceAccuracy:P2}")}");
        }

        ExperimentResult result = Result([.. checkpoints], folder);
        await display.RunAsync(
            "single images", config.Tasks, async stage => result = await learner.FinishAsync(result, stage, cancellationToken));
        result = result with { TotalSeconds = clock.Save() };
        RunReports.Write(folder, result);
        folder.Write("results.json", result);
        return result;
    }

    /// <summary>Checks the settings, and that they go with the data; <see cref="RunAsync"/> does so first.</summary>
    /// <param name="dataset">The data.</param>
    /// <exception cref="ArgumentException">They do not; the message names what is wrong.</exception>
    public void Check(Dataset dataset)
    {
        config.Validated();
        ITaskFamily family = TaskFamilies.Get(config.Family);
        int? most = family.Tasks(dataset);
        if (most == 0)
            throw new ArgumentException(
                $"experiment '{config.Name}': {config.Dataset} has {dataset.Classes} classes, too few for one task of family "
                    + $"{config.Family}; use data of more classes");
        if (config.Tasks > most)
            throw new ArgumentException(
                $"experiment '{config.Name}': {config.Family} {config.Dataset} has {most} tasks, not {config.Tasks}");

        // A task of a family that has an end may lack examples: that is told before the others are learned.
        if (most is not null)
            for (int task = 0; task < config.Tasks; task++) _ = family.Make(dataset, config.Seed, task);
        TaskSequence tasks = new(dataset, family, config.Seed);
        bool hasMasks = config.Method == "supsup", isHop = config.Method == ExperimentConfig.HopMethod;
        NetworkPlan plan = Plans.Of(config.Network, tasks.Input, hasMasks || isHop ? config.Outputs : tasks.Classes);
        if (isHop) CheckGains(plan);
        else if (!hasMasks && config.Scenario != Scenario.GG) plan.RequireDense($"task inference by {config.Method}");
        new TrainingJob { Data = tasks[0], Index = 0 }.CheckFits(plan, config.TrainedBy());
        if (hasMasks) config.InfersBy(tasks.Classes).Check(tasks.Classes, config.Outputs);
        if (config.Scenario == Scenario.NNs && !plan.IsDense)
            throw new ArgumentException(
                $"experiment '{config.Name}': scenario NNs finds the mask of a batch by the gradient of linear layers with ReLU, which "
                    + $"network {config.Network} is not; use scenario GNu, or a network such as lenet-300-100");
    }

    private void CheckGains(NetworkPlan plan)
    {
        try
        {
            GainWeights.Check(plan);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"experiment '{config.Name}': {e.Message}", e);
        }
    }

    private ILearner Learner(TaskSequence tasks, RunFolder folder)
    {
        if (config.Method == ExperimentConfig.HopMethod) return new HopLearner(config, tasks, folder);
        if (config.Method != "supsup") return new RivalLearner(config, tasks, folder);
        return config.Scenario == Scenario.NNs ? new StreamLearner(config, tasks, folder) : new SupermaskLearner(
            config, tasks, folder, resources);
    }

    private ExperimentResult Result(ImmutableArray<CheckpointResult> checkpoints, RunFolder folder)
    {
        CheckpointResult last = checkpoints[^1];
        ImmutableArray<ImmutableArray<double>> matrix = ContinualMetrics.AccuracyMatrix(checkpoints);
        return new ExperimentResult
        {
            Name = config.Name,
            Tasks = config.Tasks,
            Scenario = config.Scenario,
            Accuracy = last.Accuracy,
            GivenTaskAccuracy = last.GivenTaskAccuracy,
            TaskInferenceAccuracy = last.TaskInferenceAccuracy,
            BatchTaskInferenceAccuracy = last.TaskInferenceAccuracy,
            Forgetting = ContinualMetrics.Forgetting(matrix),
            BackwardTransfer = ContinualMetrics.BackwardTransfer(matrix),
            ForwardTransfer = ContinualMetrics.ForwardTransfer(checkpoints),
            Bytes = last.Bytes,
            BytesPerTask = (double)last.Bytes / config.Tasks,
            TrainSeconds = last.TrainSeconds,
            InferSeconds = last.InferSeconds,
            InferQueries = last.InferQueries,
            TotalSeconds = 0,
            Out = folder.Path,
            Config = config,
            Machine = RunMachine.Describe(resources.Device),
            Commit = RunMachine.Commit,
            Checkpoints = checkpoints,
        };
    }
}
