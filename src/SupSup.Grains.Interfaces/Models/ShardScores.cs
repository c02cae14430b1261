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

    /// <summary>Their scanned scores, [rows, per row]: comparable between shards for one image and one depth,
    /// and with nothing else.</summary>
    [Id(3)]
    public float[] Scores { get; init; } = [];

    /// <summary>Sum of all the shard's scanned scores, [rows].</summary>
    [Id(4)]
    public double[] Sums { get; init; } = [];

    /// <summary>Sum of their squares, [rows]; with the sums, how far scores spread over the masks.</summary>
    [Id(5)]
    public double[] SumsOfSquares { get; init; } = [];

    /// <summary>Variance of what was read beyond row sums over masks of random bits, [rows].</summary>
    [Id(6)]
    public double[] LinesVariances { get; init; } = [];

    /// <summary>Variance of the part that was not scanned over masks of random bits, [rows].</summary>
    [Id(7)]
    public double[] UnseenVariances { get; init; } = [];

    /// <summary>Variance of what rounding adds, [rows].</summary>
    [Id(8)]
    public double[] ErrorVariances { get; init; } = [];

    /// <summary>Sum of what was read of the shard's masks beyond their row sums, [rows]; empty from a silo of an earlier build, as
    /// the next two.</summary>
    [Id(9)]
    public double[] LineSums { get; init; } = [];

    /// <summary>Sum of its squares, [rows].</summary>
    [Id(10)]
    public double[] LineSumsOfSquares { get; init; } = [];

    /// <summary>What was read of the shard's best mask, [rows].</summary>
    [Id(11)]
    public double[] LinesOfBest { get; init; } = [];
}
