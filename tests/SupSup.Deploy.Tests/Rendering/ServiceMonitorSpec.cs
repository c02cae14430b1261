using System.Text.Json.Serialization;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>Which services, and how they are asked.</summary>
internal sealed class ServiceMonitorSpec
{
    [JsonPropertyName("selector")]
    public V1LabelSelector Selector { get; set; } = new();

    [JsonPropertyName("endpoints")]
    public IList<ServiceMonitorEndpoint> Endpoints { get; set; } = [];
}
