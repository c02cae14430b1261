using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>All that defines a model: with it and a mask, any build computes the same network.</summary>
[GenerateSerializer, Immutable, Alias("supsup.model-spec")]
public sealed record ModelSpec
{
    /// <summary>Input size.</summary>
    [Id(0)]
    public required int Inputs { get; init; }

    /// <summary>Hidden layer sizes, input side first.</summary>
    [Id(1)]
    public required ImmutableArray<int> Hidden { get; init => field = value.IsDefault ? [] : value; }

    /// <summary>Output size s; outputs beyond the classes are superfluous, and objective G needs some.</summary>
    [Id(2)]
    public required int Outputs { get; init; }

    /// <summary>Number of real classes of every task.</summary>
    [Id(3)]
    public required int Classes { get; init; }

    /// <summary>Seed of the fixed weights, and of what tasks draw.</summary>
    [Id(4)]
    public required ulong Seed { get; init; }

    /// <summary>Version of the weight generator.</summary>
    [Id(5)]
    public int WeightsVersion { get; init; } = 1;

    /// <summary>Name of the mask rule.</summary>
    [Id(6)]
    public string MaskRule { get; init; } = "threshold";

    /// <inheritdoc/>
    public bool Equals(ModelSpec? other) =>
        other is not null && Inputs == other.Inputs && Hidden.AsSpan().SequenceEqual(other.Hidden.AsSpan())
        && Outputs == other.Outputs && Classes == other.Classes && Seed == other.Seed
        && WeightsVersion == other.WeightsVersion && MaskRule == other.MaskRule;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Inputs, Hidden.Length, Outputs, Classes, Seed, WeightsVersion, MaskRule);

    /// <summary>One line with every value.</summary>
    public override string ToString() =>
        $"network {Inputs}-{string.Concat(Hidden.Select(size => $"{size}-"))}{Outputs}, {Classes} classes, seed {Seed}, weights version {WeightsVersion}, mask rule {MaskRule}";
}
