using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>What is known of a learned task beside its mask.</summary>
[GenerateSerializer, Immutable, Alias("supsup.task-summary")]
public sealed record TaskSummary
{
    /// <summary>Task index within the model.</summary>
    [Id(0)]
    public required int Task { get; init; }

    /// <summary>Version of the task, 1 for the first; grows by one when another mask takes the place of this one, by training or by rolling
    /// back.</summary>
    [Id(1)]
    public required int Version { get; init; }

    /// <summary>What the task was trained on.</summary>
    [Id(2)]
    public required TrainingOrder Order { get; init; }

    /// <summary>Bytes of the packed mask file, as it is stored; 0 where the mask is in the model's reservoir.</summary>
    [Id(3)]
    public required int Bytes { get; init; }

    /// <summary>Checksum of the packed mask file or, where the mask is in a reservoir, of the mask (XXH128, hexadecimal).</summary>
    [Id(4)]
    public required string Checksum { get; init; }

    /// <summary>Mean cross-entropy over the last tenth of the batches, in nats; where examples were held back, that of the batch after
    /// which the mask was taken.</summary>
    [Id(5)]
    public required double Loss { get; init; }

    /// <summary>Seconds of training, without waiting; where training was resumed, since then.</summary>
    [Id(6)]
    public required double TrainSeconds { get; init; }

    /// <summary>When the mask was stored.</summary>
    [Id(7)]
    public required DateTimeOffset TrainedAt { get; init; }

    /// <summary>How the data that the task was learned on were normalised; null where that is not known.</summary>
    [Id(8)]
    public PixelNormalization? Normalization { get; init; }

    /// <summary>What the mask usually makes of its own training data, in nats; task inference allows for it. Null where that is not known:
    /// of tasks learned by builds before it was measured, and of imported masks.</summary>
    [Id(9)]
    public double? UsualEvidence { get; init; }

    /// <summary>How that is spread; null where it is not known, as of tasks learned by builds before it was measured.</summary>
    [Id(13)]
    public EvidenceSpread? EvidenceSpread { get; init; }

    /// <summary>Number of classes; null for the model's.</summary>
    [Id(10)]
    public int? Classes { get; init; }

    /// <summary>Names of the task and its classes; null for none.</summary>
    [Id(11)]
    public TaskNames? Names { get; init; }

    /// <summary>Checksum of the dataset that it was learned on (XXH128, hexadecimal); null where that is not known.</summary>
    [Id(12)]
    public string? DataChecksum { get; init; }

    /// <summary>What the task was called before, in their order: it is found by these names too.</summary>
    [Id(14)]
    public ImmutableArray<string> FormerNames { get => field.IsDefault ? [] : field; init; } = []; // records of earlier builds have none

    /// <summary>How often it was renamed: revisions of the directory count it, so that copies of it hear of the name.</summary>
    [Id(15), JsonIgnore]
    public int Renames { get; init; }

    /// <summary>The version that the mask was stored as, where it took the place of another or was rolled back to; 0 for the mask that the
    /// task was first learned with, in a record of its own.</summary>
    [Id(16), JsonIgnore]
    public int StoredAs { get; init; }

    /// <inheritdoc/>
    public bool Equals(TaskSummary? other) =>
        other is not null && Renames == other.Renames && StoredAs == other.StoredAs && Core == other.Core && Told == other.Told
        && FormerNames.SequenceEqual(other.FormerNames);

    /// <inheritdoc/>
    public override int GetHashCode() => Core.GetHashCode();

    private (int, int, TrainingOrder, int, string, double, double, DateTimeOffset) Core =>
        (Task, Version, Order, Bytes, Checksum, Loss, TrainSeconds, TrainedAt);

    private (PixelNormalization?, double?, EvidenceSpread?, int?, TaskNames?, string?) Told =>
        (Normalization, UsualEvidence, EvidenceSpread, Classes, Names, DataChecksum);

    /// <summary>Whether the task is, or was, called so.</summary>
    /// <param name="name">The name.</param>
    public bool Answers(string name) => Names?.Task == name || FormerNames.Contains(name);

    /// <summary>The same task under another name.</summary>
    /// <param name="name">The name.</param>
    public TaskSummary Renamed(string name) => this with
    {
        Names = (Names ?? new TaskNames()) with { Task = name },
        FormerNames = Names?.Task is { } former ? FormerNames.Add(former) : FormerNames,
        Renames = Renames + 1,
    };

    /// <summary>The same task under the name that another version of it was given.</summary>
    /// <param name="other">The other version.</param>
    public TaskSummary Named(TaskSummary other) => other.Renames <= Renames ? this : this with
    {
        Names = (Names ?? new TaskNames()) with { Task = other.Names?.Task },
        FormerNames = other.FormerNames,
        Renames = other.Renames,
    };
}
