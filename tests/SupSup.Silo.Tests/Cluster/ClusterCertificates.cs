using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SupSup.Client;
using SupSup.Silo.Tests.Security;

namespace SupSup.Silo.Tests.Cluster;

/// <summary>Certificates of silos and clients as files, by one authority and by a stranger's.</summary>
internal sealed class ClusterCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-mtls-").FullName;
    private readonly X509Certificate2 _root = CertificateFiles.Authority("CN=ours", null);
    private readonly X509Certificate2 _strange = CertificateFiles.Authority("CN=strangers", null);

    public ClusterCertificates()
    {
        File.WriteAllText(Authority, _root.ExportCertificatePem());
        Write("silo", "supsup-silo");
    }

    public string Authority => Path.Combine(_folder, "ca.crt");

    /// <summary>A silo's settings.</summary>
    public Dictionary<string, string> Settings(string name = "silo") => new()
    {
        ["Endpoints:Tls:Certificate"] = PathOf(name, "crt"),
        ["Endpoints:Tls:Key"] = PathOf(name, "key"),
        ["Endpoints:Tls:Authority"] = Authority,
    };

    /// <summary>A client's, whose certificate is written too.</summary>
    public ClientTls Client(string name, string? dns = null, DateTimeOffset? until = null, bool isStrange = false)
    {
        Write(name, dns, until, isStrange);
        return new ClientTls { Certificate = PathOf(name, "crt"), Key = PathOf(name, "key"), Authority = Authority };
    }

    /// <summary>A stranger's, who finds nothing wrong with itself or the silo.</summary>
    public ClientTls ClientThatTrustsBoth(string name)
    {
        Write(name, null, isStrange: true);
        string both = PathOf(name, "ca");
        File.WriteAllText(both, $"{_root.ExportCertificatePem()}\n{_strange.ExportCertificatePem()}\n");
        return new ClientTls { Certificate = PathOf(name, "crt"), Key = PathOf(name, "key"), Authority = both };
    }

    /// <summary>Writes a certificate and its key.</summary>
    /// <returns>Its serial number.</returns>
    public string Write(string name, string? dns, DateTimeOffset? until = null, bool isStrange = false)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(dns ?? $"{name}.clients");
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset end = until ?? DateTimeOffset.UtcNow.AddDays(30);
        using X509Certificate2 made = request.Create(
            isStrange ? _strange : _root, DateTimeOffset.UtcNow.AddDays(-1), end, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf(name, "key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf(name, "crt"), made.ExportCertificatePem());
        return made.SerialNumber;
    }

    /// <summary>The certificate with its key.</summary>
    public X509Certificate2 Read(string name) => X509Certificate2.CreateFromPemFile(PathOf(name, "crt"), PathOf(name, "key"));

    public void Dispose()
    {
        _root.Dispose();
        _strange.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string name, string ending) => Path.Combine(_folder, $"{name}.{ending}");
}
