using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>An object of a kind that Kubernetes itself does not have; its fields are those that are used here, by the kind's published
/// definition.</summary>
/// <typeparam name="TSpec">Its specification.</typeparam>
internal abstract class CustomObject<TSpec> : IKubernetesObject<V1ObjectMeta>
    where TSpec : new()
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public TSpec Spec { get; set; } = new();
}
