using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>A port of a service that Prometheus asks.</summary>
internal sealed class ServiceMonitorEndpoint
{
    [JsonPropertyName("port")]
    public string Port { get; set; } = "";

    [JsonPropertyName("path")]
    public string Path { get; set; } = "";

    [JsonPropertyName("interval")]
    public string Interval { get; set; } = "";

    [JsonPropertyName("authorization")]
    public ServiceMonitorAuthorization Authorization { get; set; } = new();
}
