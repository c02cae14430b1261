using System.Collections.Immutable;
using SupSup.Experiments.Configuration;

namespace SupSup.Experiments.Evaluation;

/// <summary>What an experiment found; results.json.</summary>
public sealed record ExperimentResult
{
    /// <summary>The experiment's name.</summary>
    public required string Name { get; init; }

    /// <summary>Tasks learned.</summary>
    public required int Tasks { get; init; }

    public required Scenario Scenario { get; init; }

    /// <summary>Average accuracy over all tasks by the scenario's rule (the paper's).</summary>
    public required double Accuracy { get; init; }

    /// <summary>Average accuracy with the task given.</summary>
    public required double GivenTaskAccuracy { get; init; }

    /// <summary>Share of images, each asked alone, whose task was found; NaN where the task is given.</summary>
    public required double TaskInferenceAccuracy { get; init; }

    /// <summary>Share of images, each asked alone, whose task and class are both right, the class being that of the task's mask; NaN where
    /// the task is given, or it was not measured.</summary>
    public double ImageAccuracy { get; init; } = double.NaN;

    /// <summary>Share of the paper's inferences, one per batch of 128, that found the task; NaN where the task is given.</summary>
    public required double BatchTaskInferenceAccuracy { get; init; }

    /// <summary>Mean over tasks of the best accuracy a task ever had less its last.</summary>
    public required double Forgetting { get; init; }

    /// <summary>Mean over tasks of the last accuracy less the first.</summary>
    public required double BackwardTransfer { get; init; }

    /// <summary>Mean accuracy on the task that comes next less that of an untrained mask; NaN where it was not measured.</summary>
    public required double ForwardTransfer { get; init; }

    /// <summary>Bytes that must be kept for all tasks.</summary>
    public required long Bytes { get; init; }

    /// <summary>The same per task.</summary>
    public required double BytesPerTask { get; init; }

    /// <summary>What masks take by encoding; null for methods without masks, and where it was not measured.</summary>
    public EncodedBytes? Encoded { get; init; }

    /// <summary>Wall time of learning, in seconds, over all sittings.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Wall time of the last checkpoint's inferences and the single images', in seconds.</summary>
    public required double InferSeconds { get; init; }

    /// <summary>How many inferences that took.</summary>
    public required long InferQueries { get; init; }

    /// <summary>Wall time of everything, in seconds, over all sittings.</summary>
    public required double TotalSeconds { get; init; }

    /// <summary>What a stream without task identity did with its masks; null in other scenarios.</summary>
    public StreamReport? Stream { get; init; }

    /// <summary>How inputs of no learned task are recognised; null where it was not measured.</summary>
    public UnknownReport? Unknown { get; init; }

    /// <summary>The run's folder.</summary>
    public required string Out { get; init; }

    /// <summary>The configuration.</summary>
    public required ExperimentConfig Config { get; init; }

    /// <summary>Processor, threads and version that it ran on.</summary>
    public required string Machine { get; init; }

    /// <summary>The commit of the build that measured it; null where that is not known.</summary>
    public string? Commit { get; init; }

    /// <summary>Every checkpoint, in the order learned.</summary>
    public required ImmutableArray<CheckpointResult> Checkpoints { get; init; }
}
