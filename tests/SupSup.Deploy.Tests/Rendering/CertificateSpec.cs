using System.Text.Json.Serialization;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>What a certificate is for, and where it is kept.</summary>
internal sealed class CertificateSpec
{
    [JsonPropertyName("isCA")]
    public bool IsCA { get; set; }

    [JsonPropertyName("commonName")]
    public string CommonName { get; set; } = "";

    [JsonPropertyName("dnsNames")]
    public IList<string> DnsNames { get; set; } = [];

    [JsonPropertyName("secretName")]
    public string SecretName { get; set; } = "";

    [JsonPropertyName("duration")]
    public string Duration { get; set; } = "";

    [JsonPropertyName("renewBefore")]
    public string? RenewBefore { get; set; }

    [JsonPropertyName("privateKey")]
    public CertificateKey PrivateKey { get; set; } = new();

    [JsonPropertyName("usages")]
    public IList<string> Usages { get; set; } = [];

    [JsonPropertyName("issuerRef")]
    public CertificateIssuer IssuerRef { get; set; } = new();
}
