namespace SupSup.Core.Kernels;

/// <summary>What the gradient of a normalised channel depends on, over a whole batch.</summary>
/// <param name="Mean">Mean of its values.</param>
/// <param name="Inverse">One over their deviation.</param>
/// <param name="MeanGradient">Mean gradient of the normalised values.</param>
/// <param name="MeanProduct">Mean of such a gradient times its normalised value.</param>
internal readonly record struct PlaneBack(float Mean, float Inverse, float MeanGradient, float MeanProduct);
