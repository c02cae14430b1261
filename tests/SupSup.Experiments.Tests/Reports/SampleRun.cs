using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Tests.Reports;

/// <summary>Finished runs with numbers made up by rule, in folders that go with it.</summary>
internal sealed class SampleRun : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("supsup-reports-").FullName;

    /// <summary>A path in the folder of folders.</summary>
    public string In(string name) => Path.Combine(_root, name);

    /// <summary>A run's folder, finished.</summary>
    public (RunFolder Folder, ExperimentResult Result) Finish(ExperimentConfig config, string name = "run")
    {
        using RunFolder folder = RunFolder.Open(In(name), config);
        ExperimentResult result = Result(config) with { Out = folder.Path };
        folder.Write("results.json", result);
        return (folder, result);
    }

    /// <summary>A result.</summary>
    public static ExperimentResult Result(ExperimentConfig config)
    {
        CheckpointResult[] checkpoints = [.. config.EvaluatedAt.Select((at, n) => Checkpoint(config, at, n))];
        CheckpointResult last = checkpoints[^1];
        var matrix = ContinualMetrics.AccuracyMatrix(checkpoints);
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
            ForwardTransfer = double.NaN,
            Bytes = last.Bytes,
            BytesPerTask = (double)last.Bytes / config.Tasks,
            TrainSeconds = last.TrainSeconds,
            InferSeconds = last.InferSeconds,
            InferQueries = last.InferQueries,
            TotalSeconds = 3725,
            Out = "",
            Config = config,
            Machine = "2 cores",
            Checkpoints = [.. checkpoints],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_root, recursive: true);

    // Accuracies vary by task and fall by .001 at each checkpoint; the inferred task is told from the given one by .01.
    private static CheckpointResult Checkpoint(ExperimentConfig config, int learned, int index) => new()
    {
        TasksLearned = learned,
        Tasks = [.. Enumerable.Range(0, learned).Select(task => Score(config, task, index))],
        Masks = config.Method == "supsup" ? learned : null,
        Bytes = learned * 1000L,
        TrainSeconds = learned * 1.5,
        InferSeconds = 0.25,
        InferQueries = learned * 79,
    };

    private static TaskScore Score(ExperimentConfig config, int task, int checkpoint)
    {
        double given = 0.94 + (0.01 * Math.Sin(task)) - (0.001 * checkpoint);
        return config.Scenario == Scenario.GG ? new TaskScore(task, given, given, double.NaN) : new TaskScore(
            task, given - 0.01, given, 0.99);
    }
}
