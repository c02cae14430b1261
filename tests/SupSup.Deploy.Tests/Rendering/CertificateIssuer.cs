using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>Who issues a certificate.</summary>
internal sealed class CertificateIssuer
{
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("name")]
    public string Name { get; set; } = "";
}
