using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace SupSup.Silo.Settings;

/// <summary>Where other silos and clients reach a silo.</summary>
public sealed class EndpointSettings : IValidatableObject
{
    /// <summary>
    /// The IP address at which others reach this silo: "loopback" (default), "auto" for the machine's first IPv4 address
    /// that is not loopback, as a pod has one, or where it has none its first global IPv6 address, or an address.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Address { get; set; } = "loopback";

    /// <summary>Port for other silos. Default 11111.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for clients; 0 takes none. Default 30000.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>Listens on every address of the machine instead of on <see cref="Address"/> only. Default false.</summary>
    public bool ListenOnAnyAddress { get; set; }

    /// <summary>By which silos and clients prove on both ports who they are; without a certificate they are cleartext.</summary>
    public EndpointTlsSettings Tls { get; set; } = new();

    /// <summary>
    /// Opens the gateway though API keys or tokens are demanded, others can reach it and it is without TLS. The gateway knows no keys: who
    /// reaches it may do everything. Default false.
    /// </summary>
    public bool GatewayWithoutTls { get; set; }

    /// <summary>Whether other machines can reach the ports.</summary>
    public bool IsReachable => ListenOnAnyAddress || Advertised is { } address && !IPAddress.IsLoopback(address);

    /// <summary>The address that <see cref="Address"/> means, or null where there is none.</summary>
    public IPAddress? Advertised => Address.ToUpperInvariant() switch
    {
        "LOOPBACK" or "LOCALHOST" => IPAddress.Loopback,
        "AUTO" => FirstOfMachine(),
        _ => IPAddress.TryParse(Address, out IPAddress? address) ? address : null,
    };

    /// <summary>The address that is listened on for silos and clients, or null where there is none.</summary>
    public IPAddress? Listened => Advertised is not { } address || !ListenOnAnyAddress ? Advertised
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Advertised is not { } address)
            yield return new ValidationResult(Address.Equals("auto", StringComparison.OrdinalIgnoreCase)
                ? "Address is auto, but the machine has no address other than loopback; set the address."
                : $"Address '{Address}' is invalid; use an IP address, 'loopback' or 'auto'.");
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            yield return new ValidationResult(
                $"Address '{Address}' cannot be reached by others; set 'auto' or an address, and ListenOnAnyAddress to listen on all.");
    }

    private static IPAddress? FirstOfMachine() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up
            && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(address => address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            && !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
        .OrderBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)
        .FirstOrDefault();
}
