using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>The fields of cert-manager's Certificate that are used here, by its published definition.</summary>
internal sealed class Certificate : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public CertificateSpec Spec { get; set; } = new();
}
