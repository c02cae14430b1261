namespace SupSup.Core.Banks;

/// <summary>
/// How much of every mask a scan reads. Deeper scans read more, of the masks that are left, so that a search goes only as deep,
/// and with only as many masks, as its image needs.
/// </summary>
public enum ScanDepth
{
    /// <summary>The lines that have two thirds of what tells masks apart: enough for most images to leave a few masks that can still
    /// be the best.</summary>
    Coarse,

    /// <summary>Those that have nine tenths of it.</summary>
    Middle,

    /// <summary>Every line whose input is not at the background, of every layer asked for.</summary>
    Full,
}

/// <summary>What the depths are.</summary>
internal static class ScanDepths
{
    /// <summary>The share of the energy of what differs from the background that the lines to read have.</summary>
    /// <remarks>Of .55 to .7 and .85 to .97 the fastest pair on 2,500 masks, by little with their rows in order.</remarks>
    public static double Share(this ScanDepth depth) => depth switch { ScanDepth.Coarse => 0.65, ScanDepth.Middle => 0.92, _ => 1 };
}
