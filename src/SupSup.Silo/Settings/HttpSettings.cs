using System.ComponentModel.DataAnnotations;
using System.Net;

namespace SupSup.Silo.Settings;

/// <summary>Where a silo answers /health/startup, /health/ready and /health/live.</summary>
public sealed class HttpSettings : IValidatableObject
{
    /// <summary>The port; 0 takes none. Default 8080.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 8080;

    /// <summary>The address listened on: "loopback" (default), "any", or an IP address of the machine.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Address { get; set; } = "loopback";

    /// <summary>The address that <see cref="Address"/> means, or null where it is none.</summary>
    public IPAddress? Listened => Address.ToUpperInvariant() switch
    {
        "LOOPBACK" or "LOCALHOST" => IPAddress.Loopback,
        "ANY" => IPAddress.Any,
        _ => IPAddress.TryParse(Address, out IPAddress? address) ? address : null,
    };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Listened is null) yield return new ValidationResult($"Address '{Address}' is no IP address, nor 'loopback' or 'any'.");
    }
}
