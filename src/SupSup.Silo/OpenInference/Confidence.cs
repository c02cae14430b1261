using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>How sure an inferred task is, from 0 to 1.</summary>
internal static class Confidence
{
    /// <summary>
    /// Where evidence decided: the probability that the task is right. Where the gradient was certain: lead / (1 + lead), the lead being in
    /// standard deviations of the other masks, so at least a half; it orders answers by how far they can be trusted.
    /// </summary>
    public static double Of(Prediction prediction) => prediction.Probability
        ?? (double.IsPositiveInfinity(prediction.Lead) ? 1 : prediction.Lead / (1 + prediction.Lead));
}
