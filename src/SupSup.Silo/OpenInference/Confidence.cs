using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>How sure an inferred task is, from 0 to 1.</summary>
internal static class Confidence
{
    /// <summary>
    /// The probability that the task is right. Where it is not told, by One-shot, by a lower lead than the usual and by silos of an
    /// earlier build: lead / (1 + lead), the lead being in standard deviations of the other masks; it orders answers by how far they can
    /// be trusted.
    /// </summary>
    public static double Of(Prediction prediction) => prediction.Probability
        ?? (double.IsPositiveInfinity(prediction.Lead) ? 1 : prediction.Lead / (1 + prediction.Lead));
}
