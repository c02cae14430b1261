using SupSup.Core.Datasets;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Data;

/// <summary>A dataset's normalisation as clients and stored tasks know it.</summary>
internal static class WireNormalization
{
    public static PixelNormalization OnTheWire(this Normalization normalization) =>
        PixelNormalization.Grey(normalization.Mean, normalization.StandardDeviation);
}
