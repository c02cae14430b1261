using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>How sure an inferred task is, from 0 to 1. It orders answers by how far they can be trusted; it
/// is no calibrated probability.</summary>
internal static class Confidence
{
    /// <summary>
    /// Where the gradient was certain: lead / (1 + lead), the lead being in standard deviations of the other masks, so at least
    /// a half. Where evidence decided: the winner's share of exp(evidence) beside the next mask, also at least a half.
    /// </summary>
    public static double Of(Prediction prediction)
    {
        if (prediction.Margin is { } margin) return 1 / (1 + Math.Exp(-margin));
        return double.IsPositiveInfinity(prediction.Lead) ? 1 : prediction.Lead / (1 + prediction.Lead);
    }
}
