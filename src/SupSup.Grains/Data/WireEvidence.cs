using SupSup.Core.Inference;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>Evidence profiles as they cross the wire and are stored.</summary>
internal static class WireEvidence
{
    /// <summary>The spread to store.</summary>
    public static EvidenceSpread? ToWire(EvidenceProfile? profile)
    {
        if (profile is null) return null;
        float deviation = (float)profile.Deviation;
        return profile.Quantiles is [var least, var p1, var p2, var p5, var p10, var p25, var median, var greatest]
            ? new EvidenceSpread(deviation, least, p1, p2, p5, p10, p25, median, greatest)
            : EvidenceSpread.Of(deviation);
    }

    /// <summary>The profile that was stored; null where it is not known.</summary>
    public static EvidenceProfile? ToProfile(double? mean, EvidenceSpread? spread) => mean is { } known
        ? new EvidenceProfile(known, spread?.Deviation ?? double.NaN, spread is { } q ? [.. Values(q)] : [])
        : null;

    /// <summary>How typical an input is of a task, see <see cref="EvidenceProfile.Typicality"/>.</summary>
    public static double? Typicality(EvidenceSpread? spread, double evidence) =>
        spread is { } q ? EvidenceProfile.Typicality(Values(q), evidence) : null;

    private static float[] Values(EvidenceSpread q) => float.IsNaN(q.Least)
        ? []
        : [q.Least, q.Percent1, q.Percent2, q.Percent5, q.Percent10, q.Percent25, q.Median, q.Greatest];
}
