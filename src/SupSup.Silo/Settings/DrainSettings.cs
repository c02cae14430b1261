using System.ComponentModel.DataAnnotations;

namespace SupSup.Silo.Settings;

/// <summary>How a silo that was told to stop does so.</summary>
public sealed class DrainSettings
{
    /// <summary>Seconds for which it serves on after /health/ready has dropped, so that whoever routes to it
    /// takes note. Default 5.</summary>
    [Range(0, 3600)]
    public double Seconds { get; set; } = 5;

    /// <summary>Seconds within which grains must be deactivated after that; then the process ends all the same. Default 30.</summary>
    [Range(1, 3600)]
    public double StopSeconds { get; set; } = 30;
}
