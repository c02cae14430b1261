using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>The Gateway API's Gateway.</summary>
internal sealed class Gateway : CustomObject<GatewaySpec>;

internal sealed class GatewaySpec
{
    [JsonPropertyName("gatewayClassName")]
    public string GatewayClassName { get; set; } = "";

    [JsonPropertyName("listeners")]
    public IList<GatewayListener> Listeners { get; set; } = [];
}

internal sealed class GatewayListener
{
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    [JsonPropertyName("protocol")]
    public string Protocol { get; set; } = "";

    [JsonPropertyName("port")]
    public int Port { get; set; }

    [JsonPropertyName("hostname")]
    public string Hostname { get; set; } = "";

    [JsonPropertyName("tls")]
    public GatewayTls Tls { get; set; } = new();

    [JsonPropertyName("allowedRoutes")]
    public AllowedRoutes AllowedRoutes { get; set; } = new();
}

internal sealed class GatewayTls
{
    [JsonPropertyName("mode")]
    public string Mode { get; set; } = "";

    [JsonPropertyName("certificateRefs")]
    public IList<NamedReference> CertificateRefs { get; set; } = [];
}

internal sealed class AllowedRoutes
{
    [JsonPropertyName("namespaces")]
    public RouteNamespaces Namespaces { get; set; } = new();
}

internal sealed class RouteNamespaces
{
    [JsonPropertyName("from")]
    public string From { get; set; } = "";
}

internal sealed class NamedReference
{
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    [JsonPropertyName("sectionName")]
    public string? SectionName { get; set; }

    [JsonPropertyName("port")]
    public int? Port { get; set; }
}
