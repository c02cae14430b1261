using System.Text.Json.Serialization;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>How Prometheus says who it is.</summary>
internal sealed class ServiceMonitorAuthorization
{
    [JsonPropertyName("type")]
    public string Type { get; set; } = "";

    [JsonPropertyName("credentials")]
    public V1SecretKeySelector Credentials { get; set; } = new();
}
