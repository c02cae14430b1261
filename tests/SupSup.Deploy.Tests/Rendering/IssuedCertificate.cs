using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>What cert-manager writes into the secret of a certificate: it, its key and its authority, in PEM.</summary>
internal static class IssuedCertificate
{
    private static readonly Dictionary<string, string> Uses = new()
    {
        ["server auth"] = "1.3.6.1.5.5.7.3.1",
        ["client auth"] = "1.3.6.1.5.5.7.3.2",
    };

    /// <summary>Issues one, by an authority of its own.</summary>
    public static Dictionary<string, string> Secret(CertificateSpec spec)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest ofAuthority = new("CN=supsup", authorityKey, HashAlgorithmName.SHA256);
        ofAuthority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = ofAuthority.CreateSelfSigned(now.AddDays(-2), now.AddDays(20));
        CertificateRequest request = new($"CN={spec.CommonName}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string name in spec.DnsNames) names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        OidCollection uses = [];
        foreach (string use in spec.Usages) uses.Add(new Oid(Uses[use]));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        using X509Certificate2 issued = request.Create(authority, now.AddDays(-1), now.AddDays(10), RandomNumberGenerator.GetBytes(8));
        return new Dictionary<string, string>
        {
            ["tls.crt"] = issued.ExportCertificatePem(),
            ["tls.key"] = key.ExportPkcs8PrivateKeyPem(),
            ["ca.crt"] = authority.ExportCertificatePem(),
        };
    }
}
