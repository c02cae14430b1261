using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Security;

/// <summary>The certificate that the server shows, read again when its file changes, so that it can be renewed without a restart.</summary>
internal sealed partial class ServerCertificate
{
    private readonly WatchedFile<X509Certificate2> _file;

    /// <summary>Reads it.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of a file that cannot be read any more.</param>
    /// <exception cref="CryptographicException">It is no certificate, or the key or password do not fit.</exception>
    public ServerCertificate(TlsSettings settings, TimeProvider time, ILogger<ServerCertificate> logger) =>
        _file = new(settings.Certificate!, content => Read(settings, content), time, e => LogUnreadable(logger, settings.Certificate!, e.Message));

    /// <summary>The certificate with its key.</summary>
    public X509Certificate2 Current => _file.Current;

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="CryptographicException">It is none, or the key or password do not fit.</exception>
    public static X509Certificate2 Read(TlsSettings settings, byte[] content)
    {
        if (settings.Key is null) return X509CertificateLoader.LoadPkcs12(content, settings.Password);
        string certificate = System.Text.Encoding.UTF8.GetString(content);
        string key = File.ReadAllText(settings.Key);
        return settings.Password is null ? X509Certificate2.CreateFromPem(certificate, key) : X509Certificate2.CreateFromEncryptedPem(certificate, key, settings.Password);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The certificate in {File} cannot be read any more, the one read before is shown: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string file, string reason);
}
