using SupSup.Grains.Interfaces.Models;
using SupSup.Shared;

namespace SupSup.Client;

/// <summary>
/// The certificate that a client shows to silos, and by which it knows theirs. Files are read again when they change: connections from then
/// on have the new ones.
/// </summary>
public sealed class ClientTls
{
    /// <summary>File of the certificate and its chain: PEM, with <see cref="Key"/>, or PFX.</summary>
    public required string Certificate { get; init; }

    /// <summary>File of the private key in PEM, for a certificate in PEM.</summary>
    public string? Key { get; init; }

    /// <summary>Password of the key or the PFX file, if it has one.</summary>
    public string? Password { get; init; }

    /// <summary>File of the root certificates, in PEM, that issue those of silos and clients.</summary>
    public required string Authority { get; init; }

    /// <summary>The DNS name that the silos' certificates carry. Default "supsup-silo".</summary>
    public string SiloName { get; init; } = TlsFiles.DefaultSiloName;

    /// <summary>The files.</summary>
    /// <exception cref="SupSupException">InvalidRequest: one cannot be read, or silos would refuse the certificate.</exception>
    internal TlsFiles Check()
    {
        TlsFiles files = new(new CertificateSource(Certificate, Key, Password), Authority, SiloName);
        return files.Mistake(isSilo: false) is { } mistake
            ? throw new SupSupException(SupSupError.InvalidRequest, $"TLS: {mistake}; see the options Certificate, Key and Authority")
            : files;
    }
}
