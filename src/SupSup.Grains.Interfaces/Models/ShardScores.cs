namespace SupSup.Grains.Interfaces.Models;

/// <summary>A shard's best masks for each image.</summary>
[GenerateSerializer, Immutable, Alias("supsup.shard-scores")]
public sealed record ShardScores
{
    /// <summary>The shard must be given its assignment first; nothing was computed.</summary>
    [Id(0)]
    public bool IsBehind { get; init; }

    /// <summary>Candidates per image.</summary>
    [Id(1)]
    public int PerRow { get; init; }

    /// <summary>Task indices, best first, [rows, per row].</summary>
    [Id(2)]
    public int[] Tasks { get; init; } = [];

    /// <summary>Their scores -∂(objective)/∂α, [rows, per row].</summary>
    [Id(3)]
    public float[] Scores { get; init; } = [];

    /// <summary>Sum of all the shard's scores, [rows].</summary>
    [Id(4)]
    public double[] Sums { get; init; } = [];

    /// <summary>Sum of the squares of all the shard's scores, [rows]; with the sums, how far scores spread over the masks.</summary>
    [Id(5)]
    public double[] SumsOfSquares { get; init; } = [];
}
