using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupSup.Experiments.Evaluation;

/// <summary>Everything learned, evaluated after some of the tasks.</summary>
public sealed record CheckpointResult
{
    /// <summary>Tasks learned so far.</summary>
    public required int TasksLearned { get; init; }

    /// <summary>A score for each of them, by task.</summary>
    public required ImmutableArray<TaskScore> Tasks { get; init; }

    /// <summary>The task that comes next, or null after the last and for methods that must be told the task.</summary>
    public NextTaskScore? Next { get; init; }

    /// <summary>Masks held; NNs may hold more or fewer than tasks. Null for methods without masks.</summary>
    public int? Masks { get; init; }

    /// <summary>Bytes that must be kept for all that.</summary>
    public required long Bytes { get; init; }

    /// <summary>Wall time of learning so far, in seconds.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Wall time of this checkpoint's task inference, in seconds.</summary>
    public double InferSeconds { get; init; }

    /// <summary>Inferences that took.</summary>
    public long InferQueries { get; init; }

    /// <summary>How masks were recovered, by task; null for methods that keep them as they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<MaskRecovery>? Recoveries { get; init; }

    /// <summary>Masks recovered in full.</summary>
    [JsonIgnore]
    public int Recovered => Recoveries?.Count(static recovery => recovery.Steps is not null) ?? 0;

    /// <summary>Their share; NaN for methods that keep masks as they are.</summary>
    [JsonIgnore]
    public double RecoveredShare => Recoveries is { } all ? (double)Recovered / all.Length : double.NaN;

    /// <summary>Steps until a mask was recovered, the mean over those that were; NaN where none was.</summary>
    [JsonIgnore]
    public double StepsUntilRecovered =>
        Recoveries is { } all ? all.Select(static recovery => (double?)recovery.Steps).Average() ?? double.NaN : double.NaN;

    /// <summary>Average accuracy over the tasks learned.</summary>
    [JsonIgnore]
    public double Accuracy => Tasks.Average(task => task.Accuracy);

    [JsonIgnore]
    public double GivenTaskAccuracy => Tasks.Average(task => task.GivenTaskAccuracy);

    /// <summary>Share of inferences that found the task; NaN where the task is given.</summary>
    [JsonIgnore]
    public double TaskInferenceAccuracy => Tasks.Average(task => task.TaskInferenceAccuracy);
}
