namespace SupSup.Grains.Interfaces.Models;

/// <summary>A packed mask file (docs/formats.md): it carries its network's hash and a checksum, so every reader proves it.</summary>
[GenerateSerializer, Immutable, Alias("supsup.packed-mask")]
public sealed record PackedMaskBlob
{
    /// <summary>Task index.</summary>
    [Id(0)]
    public required int Task { get; init; }

    /// <summary>Version of the mask.</summary>
    [Id(1)]
    public required int Version { get; init; }

    /// <summary>The file's bytes.</summary>
    [Id(2)]
    public required byte[] File { get; init; }
}
