using SupSup.Core.Networks;

namespace SupSup.Core.Convolutions;

/// <summary>What one operation of a graph hands to others, and the gradient that comes back.</summary>
/// <param name="shape">Planes of an example.</param>
internal sealed class PlaneValue(PlaneShape shape)
{
    public PlaneShape Shape { get; } = shape;

    /// <summary>Zeros around a plane that the windows over it need.</summary>
    public int Halo { get; set; }

    /// <summary>Zeros around a plane of its gradient that need the windows of what made it.</summary>
    public int GradientHalo { get; set; }

    public Planes Data { get; set; } = null!;

    /// <summary>Where its gradient is added up; null while nothing is, and of what needs none.</summary>
    public Planes? Gradient { get; set; }
}
