using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SupSup.Silo.Tests.Security;

/// <summary>Certificates of a private authority, through an intermediate one, as files.</summary>
internal sealed class CertificateFiles : IDisposable
{
    public const string Password = "geheim-1234";

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-tls-").FullName;
    private readonly X509Certificate2 _between;

    public CertificateFiles()
    {
        Root = Authority("CN=root", null);
        _between = Authority("CN=between", Root);
    }

    public X509Certificate2 Root { get; }

    public string Certificate => Path.Combine(_folder, "tls.crt");

    public string Key => Path.Combine(_folder, "tls.key");

    public string Pfx => Path.Combine(_folder, "tls.pfx");

    /// <summary>Writes a certificate and the one in between in PEM, and the key beside it.</summary>
    /// <returns>The key's file.</returns>
    public byte[] WritePem(string name, bool writeKey = true)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = Server(name, key, _between);
        File.WriteAllText(Certificate, $"{own.ExportCertificatePem()}\n{_between.ExportCertificatePem()}\n");
        byte[] file = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
        if (writeKey) File.WriteAllBytes(Key, file);
        return file;
    }

    /// <summary>Writes a certificate that signs itself as a PFX file with a password.</summary>
    public void WritePfx(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = Request(name, key).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllBytes(Pfx, own.Export(X509ContentType.Pkcs12, Password));
    }

    public void Dispose()
    {
        Root.Dispose();
        _between.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static X509Certificate2 Server(string name, ECDsa key, X509Certificate2 issuer)
    {
        X509Certificate2 made = Request(name, key).Create(
            issuer, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30), RandomNumberGenerator.GetBytes(8));
        return made;
    }

    private static CertificateRequest Request(string name, ECDsa key)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <summary>An authority; null issues itself.</summary>
    public static X509Certificate2 Authority(string subject, X509Certificate2? issuer)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        if (issuer is null) return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(60));
        using X509Certificate2 made = request.Create(
            issuer, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(50), RandomNumberGenerator.GetBytes(8));
        return made.CopyWithPrivateKey(key);
    }
}
