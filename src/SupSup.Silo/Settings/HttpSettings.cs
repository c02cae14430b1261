using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;

namespace SupSup.Silo.Settings;

/// <summary>Where a silo serves the page, the REST and gRPC interfaces and its health, and how much it takes.</summary>
public sealed class HttpSettings : IValidatableObject
{
    /// <summary>The port of page, REST and health; 0 takes none, and no HTTP is served at all. Default 8080.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 8080;

    /// <summary>The port of gRPC (HTTP/2, without TLS by prior knowledge); 0 takes none. Default 9000.</summary>
    [Range(0, 65535)]
    public int GrpcPort { get; set; } = 9000;

    /// <summary>The address listened on: "loopback" (default), "any", or an IP address of the machine. Any
    /// but loopback demands authentication.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Address { get; set; } = "loopback";

    /// <summary>The certificate for TLS, on both ports.</summary>
    public TlsSettings Tls { get; set; } = new();

    /// <summary>Largest body of a request in bytes; of a stream, of one line or message. Default 32 MiB.</summary>
    [Range(1024, 1 << 30)]
    public int MaxRequestBytes { get; set; } = 32 << 20;

    /// <summary>Largest number of rows in one inference request. Default 4096.</summary>
    [Range(1, 1 << 20)]
    public int MaxRows { get; set; } = 4096;

    /// <summary>Largest number of requests under way at once, over all callers; those beyond are refused with 503. Default 1024.</summary>
    [Range(1, 1 << 20)]
    public int MaxConcurrentRequests { get; set; } = 1024;

    /// <summary>Serves the OpenAPI document at /openapi/v1.json and a page to try it at /openapi. Default false; the program sets it where
    /// the environment is Development.</summary>
    public bool OpenApi { get; set; }

    /// <summary>Serves the Orleans dashboard at /orleans, for admins. Default true.</summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>The address that <see cref="Address"/> means, or null where it is none.</summary>
    public IPAddress? Listened => Address.ToUpperInvariant() switch
    {
        "LOOPBACK" or "LOCALHOST" => IPAddress.Loopback,
        "ANY" => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, // of IPv4 too
        _ => IPAddress.TryParse(Address, out IPAddress? address) ? address : null,
    };

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Listened is null) yield return new ValidationResult($"Address '{Address}' is invalid; use an IP address, 'loopback' or 'any'.");
    }
}
