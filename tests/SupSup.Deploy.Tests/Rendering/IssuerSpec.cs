using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>How an issuer signs: with a key of its own, or by itself.</summary>
internal sealed class IssuerSpec
{
    [JsonPropertyName("selfSigned")]
    public object? SelfSigned { get; set; }

    [JsonPropertyName("ca")]
    public IssuerAuthority? Ca { get; set; }
}
