using System.ComponentModel.DataAnnotations;
using System.Net;
using SupSup.Grains.Compute;
using SupSup.Grains.Placement;
using SupSup.Grains.Tasks;

namespace SupSup.Silo.Settings;

/// <summary>
/// Everything that can be set on a silo: the configuration section "SupSup", by appsettings.json, environment
/// (SupSup__Storage__Directory=/var/lib/supsup) or flags (--Storage:Directory=/var/lib/supsup). docs/operating.md has a
/// table of them.
/// </summary>
public sealed class SiloSettings : IValidatableObject
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "SupSup";

    /// <summary>The service id where none is set.</summary>
    public const string DefaultServiceId = "supsup";

    /// <summary>
    /// Names the data: silos of one service id share the stored models, silos of different ones never see each other's.
    /// Default "supsup".
    /// </summary>
    [Required(AllowEmptyStrings = false), RegularExpression(Names, ErrorMessage = NamesMistake)]
    public string ServiceId { get; set; } = DefaultServiceId;

    /// <summary>Names the cluster: silos of one service id and one cluster id find each other. Default "supsup".</summary>
    [Required(AllowEmptyStrings = false), RegularExpression(Names, ErrorMessage = NamesMistake)]
    public string ClusterId { get; set; } = "supsup";

    /// <summary>The silo's name in logs and in the progress of trainings. Default: one that Orleans makes up.</summary>
    [RegularExpression(Names, ErrorMessage = NamesMistake)]
    public string? SiloName { get; set; }

    /// <summary>Which silos make the cluster.</summary>
    public MembershipSettings Membership { get; set; } = new();

    /// <summary>Where grains keep their state.</summary>
    public StorageSettings Storage { get; set; } = new();

    /// <summary>Where other silos and clients reach this one.</summary>
    public EndpointSettings Endpoints { get; set; } = new();

    /// <summary>The page, the REST and gRPC interfaces, and health.</summary>
    public HttpSettings Http { get; set; } = new();

    /// <summary>What all who ask there may take together.</summary>
    public LimitSettings Limits { get; set; } = new();

    /// <summary>Who may ask what there.</summary>
    public SecuritySettings Security { get; set; } = new();

    /// <summary>Metrics, traces and logs.</summary>
    public TelemetrySettings Telemetry { get; set; } = new();

    /// <summary>How the silo stops.</summary>
    public DrainSettings Drain { get; set; } = new();

    /// <summary>How the silo spends its cores, and where datasets lie.</summary>
    public ComputeOptions Compute { get; set; } = new();

    /// <summary>How masks are held in the memory of the silos.</summary>
    public ShardOptions Shards { get; set; } = new();

    /// <summary>What is kept of tasks.</summary>
    public TaskOptions Tasks { get; set; } = new();

    private const string Names = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?";

    private const string NamesMistake = "{0} must have only letters, digits, '-', '_' and '.', and start and end with a letter or a digit.";

    /// <summary>Settings of a silo inside another program: alone, on loopback, without a gateway and HTTP, stopped at once.</summary>
    /// <param name="store">Folder of the grain store.</param>
    /// <param name="siloPort">A port for the silo.</param>
    public static SiloSettings Embedded(string store, int siloPort) => new()
    {
        Storage = { Directory = store },
        Endpoints = { SiloPort = siloPort, GatewayPort = 0 },
        Http = { Port = 0 },
        Drain = { Seconds = 0 },
    };

    /// <summary>
    /// The port that clients connect to; 0 takes none. The ports of the cluster know no keys, so where keys or tokens are demanded and
    /// others can reach the port, it is opened with <see cref="EndpointSettings.Tls"/> only, or where
    /// <see cref="EndpointSettings.GatewayWithoutTls"/> says so.
    /// </summary>
    public int OpenGatewayPort => IsBypass && !Endpoints.GatewayWithoutTls ? 0 : Endpoints.GatewayPort;

    /// <summary>What a silo says at its start where who reaches its ports needs no key; null where all is well.</summary>
    public string? OpenPorts => !IsBypass ? null
        : Endpoints.GatewayPort > 0 && Endpoints.GatewayWithoutTls
        ? $"Ports {Endpoints.SiloPort} and {Endpoints.GatewayPort} know no keys and are without TLS: whoever reaches them may do "
            + "everything; keep others from them, or set Endpoints:Tls"
        : $"Port {Endpoints.SiloPort} knows no keys and is without TLS: keep all but silos from it, or set Endpoints:Tls. The gateway for "
            + "Orleans clients stays shut for the same reason (Endpoints:GatewayWithoutTls opens it); REST and gRPC are served";

    // Whether keys are demanded on the ports of HTTP while others need none.
    private bool IsBypass => Security.IsRequired && Endpoints.IsReachable && Endpoints.Tls.Certificate is null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Membership.Kind == MembershipKind.Redis && Storage.Kind == StorageKind.Directory)
            yield return new ValidationResult(
                "Storage:Kind directory serves one silo, but Membership:Kind redis allows several; set Storage:Kind to azure, or "
                    + "Membership:Kind to localhost.");
        if (Storage.Kind == StorageKind.Azure && Storage.ContainerFor(ServiceId) is null)
            yield return new ValidationResult(
                "Storage:Container must be set: no valid container name (3 to 63 lower-case letters, digits and single hyphens) can be "
                    + $"made of ServiceId '{ServiceId}'.");
        if (Http.Port == 0 && Telemetry.Prometheus)
            yield return new ValidationResult("Telemetry:Prometheus needs an Http:Port, which is 0; set a port.");
        if (Http.Port > 0 && Http.Listened is { } listened && !IPAddress.IsLoopback(listened) && !Security.IsRequired)
            yield return new ValidationResult(
                $"Http:Address '{Http.Address}' is reachable by others, but authentication is off; set Security:KeysFile (make one with: "
                    + "supsup keys create) or Security:Jwt, or set Http:Address to loopback.");
        (string Name, int Port)[] ports = [("Endpoints:SiloPort", Endpoints.SiloPort), ("Endpoints:GatewayPort", Endpoints.GatewayPort),
            ("Http:Port", Http.Port), ("Http:GrpcPort", Http.Port > 0 ? Http.GrpcPort : 0)];
        foreach (var clash in ports.Where(port => port.Port > 0).GroupBy(port => port.Port).Where(same => same.Count() > 1))
            yield return new ValidationResult(
                $"{string.Join(" and ", clash.Select(port => port.Name))} are all {clash.Key}; give each its own port.");
    }
}
