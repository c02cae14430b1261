namespace SupSup.Cli.Demo;

/// <summary>The demo's outcome, as --json prints it and results.json keeps it. Shares are 0 to 1, times are seconds.</summary>
internal sealed record DemoReport
{
    public required string Model { get; init; }

    public required string Dataset { get; init; }

    public required string Scenario { get; init; }

    public required string Network { get; init; }

    public required int Outputs { get; init; }

    public required string Recipe { get; init; }

    public required int Batches { get; init; }

    public required ulong Seed { get; init; }

    public required string Objective { get; init; }

    /// <summary>"first" or "all": which layers' terms of the gradient were summed.</summary>
    public required string Layers { get; init; }

    public required int Shortlist { get; init; }

    public required double CertainAbove { get; init; }

    /// <summary>Tasks learned and superimposed.</summary>
    public required int Tasks { get; init; }

    /// <summary>Tasks that an earlier run had learned.</summary>
    public required int ReusedTasks { get; init; }

    /// <summary>By the paper's rule, averaged over tasks.</summary>
    public required double Accuracy { get; init; }

    public required double GivenTaskAccuracy { get; init; }

    /// <summary>Each image alone.</summary>
    public required double TaskInferenceAccuracy { get; init; }

    /// <summary>Task and class both right, each image alone.</summary>
    public required double ImageAccuracy { get; init; }

    public required double BytesPerTask { get; init; }

    /// <summary>Wall time of learning in this run; 0 when everything was reused.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Wall time of the queries below.</summary>
    public required double InferSeconds { get; init; }

    /// <summary>Images whose task was inferred with all tasks in superposition.</summary>
    public required int InferQueries { get; init; }

    public required double TotalSeconds { get; init; }

    public required string Out { get; init; }

    public required string Store { get; init; }

    public required IReadOnlyList<TaskResult> PerTask { get; init; }

    public required IReadOnlyList<CurvePoint> Curve { get; init; }
}
