namespace SupSup.Core.Banks;

/// <summary>
/// How much of every mask a scan reads. Deeper scans add to what shallower ones found, so that a search goes only as deep,
/// and with only as many masks, as its image needs.
/// </summary>
public enum ScanDepth
{
    /// <summary>The strongest inputs of the first layer: enough for most images to leave a few masks that can still be the best.</summary>
    Coarse,

    /// <summary>Every input of the first two layers that is not at the background; of trained masks these tell nearly all.</summary>
    Middle,

    /// <summary>Every such input of every layer asked for.</summary>
    Full,
}
