using System.Collections.Immutable;

namespace SupSup.Grains.Interfaces.Models;

/// <summary>Data that were sent for a task, and are kept in the model's store.</summary>
[GenerateSerializer, Immutable, Alias("supsup.sent-data")]
public sealed record SentData
{
    /// <summary>The data's name, to which options may be added (docs/datasets.md): what an order of training names.</summary>
    [Id(0)]
    public required string Dataset { get; init; }

    /// <summary>The ending of such files, as ".zip".</summary>
    [Id(1)]
    public required string Ending { get; init; }

    /// <summary>Size in bytes.</summary>
    [Id(2)]
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the whole, 64 lower-case hexadecimal digits.</summary>
    [Id(3)]
    public required string Checksum { get; init; }

    /// <summary>The parts, in their order.</summary>
    [Id(4)]
    public ImmutableArray<SentPart> Parts { get; init => field = value.IsDefault ? [] : value; } = [];
}
