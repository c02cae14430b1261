using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>What to train a task on and how. The same order on the same model gives the same mask, bit for bit, on processors of one kind;
/// on a silo that trains in groups, up to rounding.</summary>
[GenerateSerializer, Immutable, Alias("supsup.training-order")]
public sealed record TrainingOrder
{
    [Id(1)]
    private readonly string? _recipe;

    /// <summary>The recipe's name where a mask was not trained here but imported.</summary>
    public const string Imported = "imported";

    /// <summary>The recipe of models whose masks live in a reservoir: one epoch, 100 batches at least, by SGD of 0.1.</summary>
    public const string Gains = "gains";

    /// <summary>The task's data, made by the silo; null where the caller submits the batches.</summary>
    [Id(0)]
    public required TaskData? Data { get; init; }

    /// <summary>Name of the recipe; where it is left out, "own-data" for data that are taken as they are or some classes of them, and
    /// "fast" for other data and for submitted batches; a network over pictures makes "own-pictures" of the first.</summary>
    public string Recipe { get => _recipe ?? (Data is { IsAsTheyAre: true } ? "own-data" : "fast"); init => _recipe = value; }

    /// <summary>Whether the recipe was named.</summary>
    [JsonIgnore]
    public bool NamesRecipe => _recipe is not null;

    /// <summary>Number of batches, where it differs from the recipe's.</summary>
    [Id(2)]
    public int? Batches { get; init; }

    /// <summary>Examples per batch, where it differs from the recipe's; submitted batches may have any size.</summary>
    [Id(3)]
    public int? BatchSize { get; init; }

    /// <summary>
    /// Whether to train only on a silo with a GPU, and to fail where the cluster has none; not for submitted batches. It
    /// says where, not what: orders that differ in it alone are the same order.
    /// </summary>
    [Id(4)]
    public bool RequireGpu { get; init; }

    /// <summary>
    /// How the caller normalises the batches that it submits; stored with the task, so that pixels can be inferred. Null where that is
    /// not told, and where the silo makes the data and knows.
    /// </summary>
    [Id(5)]
    public PixelNormalization? Normalization { get; init; }

    /// <summary>What people call the task and its classes; classes that are not named here are called as the data call them.</summary>
    [Id(6)]
    public TaskNames? Names { get; init; }

    /// <summary>Number of classes of submitted batches, where it differs from the model's; data that the silo makes have their
    /// own.</summary>
    [Id(7)]
    public int? Classes { get; init; }

    /// <summary>
    /// The version of a learned task that this is to take the place of (<see cref="TaskSummary.Version"/>); null, as usual, for a task that
    /// is not learned yet. The task goes on answering by the mask that it has until the new one is stored, and keeps that for a while. Not
    /// for submitted batches. An order for a version that is not in force any more is refused, unless it is the one that replaced it.
    /// </summary>
    [Id(8), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Replaces { get; init; }

    /// <summary>Number of classes of submitted batches: that which is told, that of the names, or the model's.</summary>
    /// <param name="spec">The model's definition.</param>
    public int ClassesFor(ModelSpec spec) => Classes ?? (Names is { Classes.IsEmpty: false } names ? names.Classes.Length : spec.Classes);

    /// <inheritdoc/>
    public bool Equals(TrainingOrder? other) =>
        other is not null && Data == other.Data && Recipe == other.Recipe && Batches == other.Batches && BatchSize == other.BatchSize
        && RequireGpu == other.RequireGpu && Normalization == other.Normalization && Names == other.Names && Classes == other.Classes
        && Replaces == other.Replaces;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Data, Recipe, Batches, BatchSize, RequireGpu, Normalization, Names, Classes);

    /// <summary>Whether another order means the same mask, whatever the task is called, and whichever version it replaces.</summary>
    /// <param name="other">The other order.</param>
    public bool Means(TrainingOrder other) => this with { RequireGpu = other.RequireGpu, Names = ClassNames } == other with
    {
        Names = other.ClassNames,
        Replaces = Replaces,
    };

    private TaskNames? ClassNames => Names is { Classes.IsEmpty: false } names ? names with { Task = null } : null;

    /// <summary>One line with every value.</summary>
    public override string ToString() =>
        $"{Data?.ToString() ?? "submitted batches"}, recipe {Recipe}{(Batches is { } batches ? $", {batches} batches" : "")}"
        + $"{(BatchSize is { } size ? $" of {size}" : "")}{(Normalization is { } told ? $", {told}" : "")}"
        + $"{(Classes is { } classes ? $", {classes} classes" : "")}{(Names is { } names ? $", named {names}" : "")}"
        + $"{(Replaces is { } version ? $", in place of version {version}" : "")}";
}
