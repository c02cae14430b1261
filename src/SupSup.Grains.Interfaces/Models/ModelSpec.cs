using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// All that defines a model: with it and a mask, any build computes the same network. The network is given by its plan, by
/// the sizes of a chain of layers, or by both where they agree; what is left out is filled in when the model is created.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.model-spec")]
public sealed record ModelSpec
{
    /// <summary>Input size.</summary>
    [Id(0)]
    public int Inputs { get; init; }

    /// <summary>Hidden layer sizes, input side first.</summary>
    [Id(1)]
    public ImmutableArray<int> Hidden { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Output size s; outputs beyond the classes are superfluous, and objective G needs some.</summary>
    [Id(2)]
    public int Outputs { get; init; }

    /// <summary>Number of real classes of tasks that do not say otherwise.</summary>
    [Id(3)]
    public required int Classes { get; init; }

    /// <summary>Seed of the fixed weights, and of what tasks draw.</summary>
    [Id(4)]
    public required ulong Seed { get; init; }

    /// <summary>Version of the weight generator.</summary>
    [Id(5)]
    public int WeightsVersion { get; init; } = 1;

    /// <summary>The mask rule: "threshold", "top-k:0.5" or "top-k:er-8" for instance. Where none is named it is "threshold" if the plan is
    /// sizes, else empty until the model is created: "top-k:er-16" then for a network over pictures, else "threshold".</summary>
    [Id(6)]
    public string MaskRule { get => field ?? (Plan.All(c => c == '-' || char.IsAsciiDigit(c)) ? "threshold" : ""); init; }

    /// <summary>The network as text: sizes joined by dashes as in "784-300-100-500", or a name as in "lenet-300-100/784-500".</summary>
    [Id(7)]
    public string Plan { get => field ?? $"{Inputs}-{string.Concat(Hidden.Select(size => $"{size}-"))}{Outputs}"; init; }

    /// <summary>What examples are, for all tasks; null where each task's data say it, or its client.</summary>
    [Id(8)]
    public InputFormat? InputFormat { get; init; }

    /// <summary>The <see cref="Storage"/> of models whose masks live in a reservoir.</summary>
    public const string Reservoir = "reservoir";

    /// <summary>Where masks are: null for a record of each, or <see cref="Reservoir"/> for Hopfield networks of fixed size, from which a
    /// task's mask is recovered when a batch of its images comes. These need a network of linear layers with normbatch-swish between
    /// them.</summary>
    [Id(9)]
    public string? Storage { get; init; }

    /// <summary>Whether masks live in a reservoir.</summary>
    [JsonIgnore]
    public bool HasReservoir => Storage == Reservoir;

    /// <summary>Number of classes of a task.</summary>
    /// <param name="told">What is told of the task; 0 for nothing.</param>
    public int ClassesOf(int told) => told > 0 ? told : Classes;

    /// <inheritdoc/>
    public bool Equals(ModelSpec? other) =>
        other is not null && Inputs == other.Inputs && Hidden.AsSpan().SequenceEqual(other.Hidden.AsSpan())
        && Outputs == other.Outputs && Classes == other.Classes && Seed == other.Seed
        && WeightsVersion == other.WeightsVersion && MaskRule == other.MaskRule && Plan == other.Plan
        && InputFormat == other.InputFormat && Storage == other.Storage;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Inputs, Hidden.Length, Outputs, Classes, Seed, WeightsVersion, MaskRule);

    /// <summary>One line with every value.</summary>
    public override string ToString() =>
        $"network {Plan}, {Classes} classes, seed {Seed}, weights version {WeightsVersion}, mask rule {MaskRule}"
            + (InputFormat is null ? "" : $", inputs {InputFormat}") + (Storage is null ? "" : $", masks in a {Storage}");
}
