using System.ComponentModel.DataAnnotations;
using SupSup.Grains.Compute;

namespace SupSup.Silo;

/// <summary>
/// Everything that can be set on a silo: the configuration section "SupSup", by appsettings.json, environment
/// (SupSup__Store=/var/lib/supsup) or flags (--SupSup:Store=/var/lib/supsup).
/// </summary>
public sealed class SiloSettings
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "SupSup";

    /// <summary>Folder of the grain store. Default: "store" in the current folder.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Store { get; set; } = "store";

    /// <summary>Port for other silos, on loopback. Default 11111.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for clients, on loopback; 0 takes none. Default 30000.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>How the silo spends its cores, and where datasets lie.</summary>
    public ComputeOptions Compute { get; set; } = new();
}
