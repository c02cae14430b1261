using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace SupSup.Shared;

/// <summary>The certificate that a program shows, read again when its file changes, so that it can be renewed without a restart.</summary>
internal sealed partial class OwnCertificate
{
    private readonly WatchedFile<SslStreamCertificateContext> _file;

    /// <summary>Reads it.</summary>
    /// <param name="files">Where it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of a file that cannot be read any more.</param>
    /// <exception cref="CryptographicException">It is no certificate, or the key or password do not fit.</exception>
    public OwnCertificate(CertificateSource files, TimeProvider time, ILogger<OwnCertificate> logger) =>
        _file = new(files.Certificate, content => Context(files, content), time, e => LogUnreadable(logger, files.Certificate, e.Message));

    /// <summary>The certificate with its key, and the chain that is sent with it.</summary>
    public SslStreamCertificateContext Current => _file.Current;

    /// <summary>Reads a certificate.</summary>
    /// <returns>The certificate, and those that came with it.</returns>
    /// <exception cref="CryptographicException">It is none, or the key or password do not fit.</exception>
    public static X509Certificate2Collection Read(CertificateSource files, byte[] content)
    {
        X509Certificate2Collection all = files.Key is null ? X509CertificateLoader.LoadPkcs12Collection(content, files.Password) : ReadPem(
            files, content);
        if (all.FirstOrDefault(certificate => certificate.HasPrivateKey) is not { } own)
            throw new CryptographicException("It holds no certificate with its private key.");
        all.Remove(own);
        all.Insert(0, own);
        return all;
    }

    // The first certificate of a file in PEM is the server's own.
    private static X509Certificate2Collection ReadPem(CertificateSource files, byte[] content)
    {
        string certificate = System.Text.Encoding.UTF8.GetString(content);
        string key = File.ReadAllText(files.Key!);
        X509Certificate2Collection all = [];
        all.ImportFromPem(certificate);
        all.Insert(0, files.Password is null ? X509Certificate2.CreateFromPem(certificate, key) : X509Certificate2.CreateFromEncryptedPem(
            certificate, key, files.Password));
        all.RemoveAt(1);
        return all;
    }

    private static SslStreamCertificateContext Context(CertificateSource files, byte[] content)
    {
        X509Certificate2Collection all = Read(files, content);
        return SslStreamCertificateContext.Create(all[0], [.. all.Skip(1)], offline: true);
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "The certificate in {File} cannot be read; the one read before stays in use: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string file, string reason);
}
