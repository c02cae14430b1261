using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>The answer for one input.</summary>
[GenerateSerializer, Immutable, Alias("supsup.prediction")]
public sealed record Prediction
{
    /// <summary>The inferred task; -1 where no stored mask was recovered from a reservoir.</summary>
    [Id(0)]
    public required int Task { get; init; }

    /// <summary>The class that the task's mask gives the input.</summary>
    [Id(1)]
    public required int Class { get; init; }

    /// <summary>Entropy of the outputs under the winner's mask, in nats; near zero is sure.</summary>
    [Id(2)]
    public required double Entropy { get; init; }

    /// <summary>By how many standard deviations of the masks behind the best the best gradient led the next;
    /// infinite with one or two masks.</summary>
    [Id(5)]
    public required double Lead { get; init; }

    /// <summary>Evidence of the winner minus the best runner-up's, in nats; null where the gradient was certain and no evidence was
    /// compared.</summary>
    [Id(3)]
    public double? Margin { get; init; }

    /// <summary>
    /// The next candidates, one fewer than the shortlist at most: those compared by evidence, greatest first, then the others,
    /// best gradient first. The others, and their order, are estimates unless <see cref="InferenceOptions.ExactRunnersUp"/> is set.
    /// </summary>
    [Id(4)]
    public ImmutableArray<Candidate> RunnersUp { get; init; } = [];

    /// <summary>How many of the model's tasks could not be the answer, since their masks cannot be read; the
    /// model's health names them.</summary>
    [Id(6)]
    public int LeftOut { get; init; }

    /// <summary>Whether the input may be of no task that was learned: too untypical of the inferred one
    /// (<see cref="InferenceOptions.UnknownRate"/>), or with too small a lead (<see cref="InferenceOptions.UnknownUpTo"/>). Task and class
    /// are the best guess all the same.</summary>
    [Id(7)]
    public bool IsUnknown { get; init; }

    /// <summary>-∂(objective)/∂α of the winner's mask, exact, to be compared with those of <see cref="RunnersUp"/>.</summary>
    [Id(8)]
    public float Score { get; init; }

    /// <summary>What people call the inferred task; null for nothing.</summary>
    [Id(9)]
    public string? TaskName { get; init; }

    /// <summary>What people call the class; null for nothing.</summary>
    [Id(10)]
    public string? ClassName { get; init; }

    /// <summary>The probability that the task is right, by the evidence of the masks compared; 1 where the gradient was certain, so
    /// that one was enough. Null where One-shot decided, and from silos of builds before it was told. Rows that share a task count as
    /// independent, so it is then nearly 1 or too sure.</summary>
    [Id(11)]
    public double? Probability { get; init; }

    /// <summary>How typical the input is of the inferred task: the share of the task's training data for which its mask had less evidence,
    /// 0 to 1. Near zero the input may be of no task that was learned. Null where that is not known: of tasks learned by builds before
    /// it was measured, and of imported masks.</summary>
    [Id(12)]
    public double? Typicality { get; init; }

    /// <summary>How the mask was recovered, of models whose masks live in a reservoir; else null.</summary>
    [Id(13)]
    public Recovery? Recovery { get; init; }
}
