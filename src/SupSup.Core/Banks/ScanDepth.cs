namespace SupSup.Core.Banks;

/// <summary>How much of every mask a scan reads.</summary>
public enum ScanDepth
{
    /// <summary>The strongest inputs of the first layer: enough to leave a few masks that can still be the best.</summary>
    Coarse,

    /// <summary>Every input that is not at the background, of every layer asked for.</summary>
    Full,
}
