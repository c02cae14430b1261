using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SupSup.Shared;

/// <summary>The files by which a program proves who it is on the ports of the cluster, and knows the others.</summary>
/// <param name="Own">Its own certificate.</param>
/// <param name="Authority">File of the roots, in PEM, that issue the certificates of silos and clients.</param>
/// <param name="SiloName">The DNS name in the certificate of every silo, and in no client's.</param>
internal sealed record TlsFiles(CertificateSource Own, string Authority, string SiloName)
{
    /// <summary>The name where none is set.</summary>
    public const string DefaultSiloName = "supsup-silo";

    /// <summary>Reads the roots out of the content of <see cref="Authority"/>.</summary>
    /// <exception cref="CryptographicException">It holds none, or cannot be read.</exception>
    public static X509Certificate2Collection ReadAuthority(byte[] content)
    {
        X509Certificate2Collection roots = [];
        roots.ImportFromPem(System.Text.Encoding.UTF8.GetString(content));
        return roots.Count > 0 ? roots : throw new CryptographicException("It holds no certificate in PEM.");
    }

    /// <summary>What is wrong with the files, by which the others would refuse this program; null if nothing is.</summary>
    /// <param name="isSilo">A silo's certificate accepts connections, opens them, and carries <see cref="SiloName"/>.</param>
    public string? Mistake(bool isSilo)
    {
        string file = Own.Certificate;
        try
        {
            X509Certificate2Collection own = OwnCertificate.Read(Own, File.ReadAllBytes(file));
            file = Authority;
            X509Certificate2Collection roots = ReadAuthority(File.ReadAllBytes(file));
            string? refusal = PeerCertificate.Refusal(own[0], own, roots, PeerCertificate.ClientUse, isSilo ? SiloName : null)
                ?? (isSilo ? PeerCertificate.Refusal(own[0], own, roots, PeerCertificate.ServerUse, SiloName) : null);
            return refusal is null ? null : $"the certificate in '{Own.Certificate}' {refusal}, so that others would refuse it";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return $"'{file}' cannot be used: {e.Message.ReplaceLineEndings(" ")}";
        }
    }
}
