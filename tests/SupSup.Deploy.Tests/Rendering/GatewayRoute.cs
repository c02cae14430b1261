using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>A route of the Gateway API: which requests of a gateway go to which service.</summary>
internal abstract class GatewayRoute : CustomObject<GatewayRouteSpec>;

internal sealed class HttpRoute : GatewayRoute;

internal sealed class GrpcRoute : GatewayRoute;

internal sealed class GatewayRouteSpec
{
    [JsonPropertyName("parentRefs")]
    public IList<NamedReference> ParentRefs { get; set; } = [];

    [JsonPropertyName("hostnames")]
    public IList<string> Hostnames { get; set; } = [];

    [JsonPropertyName("rules")]
    public IList<GatewayRouteRule> Rules { get; set; } = [];
}

internal sealed class GatewayRouteRule
{
    [JsonPropertyName("matches")]
    public IList<GatewayRouteMatch> Matches { get; set; } = [];

    [JsonPropertyName("timeouts")]
    public IDictionary<string, string> Timeouts { get; set; } = new Dictionary<string, string>();

    [JsonPropertyName("backendRefs")]
    public IList<NamedReference> BackendRefs { get; set; } = [];
}

internal sealed class GatewayRouteMatch
{
    [JsonPropertyName("path")]
    public IDictionary<string, string> Path { get; set; } = new Dictionary<string, string>();
}
