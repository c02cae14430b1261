using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>
/// The rank-one factors of a batch of images, all that a shard needs to score its masks: for each layer the gradient
/// δ at its output and its input a. A few KB per image, whatever the number of tasks.
/// </summary>
[GenerateSerializer, Immutable, Alias("supsup.factors")]
public sealed record FactorBatch
{
    /// <summary>Number of images.</summary>
    [Id(0)]
    public required int Rows { get; init; }

    /// <summary>Per layer δ, [rows, out].</summary>
    [Id(1)]
    public required ImmutableArray<float[]> Deltas { get; init; }

    /// <summary>Per layer a, [rows, in].</summary>
    [Id(2)]
    public required ImmutableArray<float[]> Activations { get; init; }

    /// <summary>Names the pass: what a shard has scanned of it can be refined.</summary>
    [Id(3)]
    public Guid Pass { get; init; } = Guid.NewGuid();

    /// <summary>When the pass began, in ticks of UTC: what older passes want is computed first.</summary>
    [Id(4)]
    public long Since { get; init; } = DateTime.UtcNow.Ticks;

    /// <summary>In place of factors, of one query over a network that is no chain of linear layers: per layer dL/dW ⊙ W, [out · in]; a
    /// mask's score is minus the sum over the weights that it keeps. Empty of chains.</summary>
    [Id(5)]
    public ImmutableArray<float[]> Products { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Some of the images, as a pass of their own.</summary>
    /// <param name="rows">Which, in the order wanted.</param>
    public FactorBatch Select(int[] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new FactorBatch
        {
            Rows = rows.Length,
            Since = Since,
            Deltas = [.. Deltas.Select(delta => RowMajor.Select(delta, Rows, rows))],
            Activations = [.. Activations.Select(activation => RowMajor.Select(activation, Rows, rows))],
        };
    }
}
