using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>How sure an inferred task is, from 0 to 1. It orders answers by how far they can be trusted; it
/// is no calibrated probability.</summary>
internal static class Confidence
{
    /// <summary>
    /// Where the gradient was certain: lead / (1 + lead), the lead being in standard deviations of the other masks, so at least
    /// a half. Where entropies decided: the winner's share in exp(-entropy) over the masks that were compared.
    /// </summary>
    public static double Of(Prediction prediction)
    {
        if (prediction.Margin is null) return double.IsPositiveInfinity(prediction.Lead) ? 1 : prediction.Lead / (1 + prediction.Lead);
        double others = prediction.RunnersUp.Where(candidate => candidate.Entropy is not null)
            .Sum(candidate => Math.Exp(prediction.Entropy - candidate.Entropy!.Value));
        return 1 / (1 + others);
    }
}
