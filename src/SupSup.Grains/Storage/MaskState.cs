using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Storage;

/// <summary>The stored mask of a task.</summary>
[GenerateSerializer, Alias("supsup.state.mask")]
public sealed class MaskState
{
    /// <summary>The packed mask file, or null.</summary>
    [Id(0)]
    public PackedMaskBlob? Mask { get; set; }
}
