using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>The secret with an authority's key.</summary>
internal sealed class IssuerAuthority
{
    [JsonPropertyName("secretName")]
    public string SecretName { get; set; } = "";
}
