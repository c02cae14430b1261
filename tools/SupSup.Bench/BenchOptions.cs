namespace SupSup.Bench;

/// <summary>What `supsup bench` measures.</summary>
internal sealed record BenchOptions
{
    /// <summary>The parts to run.</summary>
    public required IReadOnlyList<BenchPart> Parts { get; init; }

    /// <summary>Rounds of each measurement; medians of them are reported.</summary>
    public required int Rounds { get; init; }

    /// <summary>Masks that are really trained; the others are made of them. 0 where no part needs any.</summary>
    public required int Trained { get; init; }

    /// <summary>Sizes of the model that grows, ascending.</summary>
    public required IReadOnlyList<int> Tasks { get; init; }

    /// <summary>Silos that it grows in: one on a directory, several on Redis and Azurite.</summary>
    public required int Silos { get; init; }

    /// <summary>Folder where trained masks are kept between runs.</summary>
    public required string Folder { get; init; }
}
