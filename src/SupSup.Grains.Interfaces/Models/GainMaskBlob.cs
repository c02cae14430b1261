namespace SupSup.Grains.Interfaces.Models;

/// <summary>A mask of gains on its way into a reservoir.</summary>
[GenerateSerializer, Immutable, Alias("supsup.gain-mask")]
public sealed record GainMaskBlob
{
    /// <summary>Task index.</summary>
    [Id(0)]
    public required int Task { get; init; }

    /// <summary>A bit for each channel, layer after layer, in bytes of their own, the lowest bit first.</summary>
    [Id(1)]
    public required byte[] Mask { get; init; }

    /// <summary>Number of the task's classes.</summary>
    [Id(2)]
    public required int Classes { get; init; }
}
