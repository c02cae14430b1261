using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SupSup.Shared;

namespace SupSup.Silo.Settings;

/// <summary>The certificate by which a port speaks TLS; none is cleartext.</summary>
public class TlsSettings : IValidatableObject
{
    /// <summary>File of the certificate and its chain: PEM, with <see cref="Key"/>, or PFX. Read again when
    /// it changes. Null (default): no TLS.</summary>
    public string? Certificate { get; set; }

    /// <summary>File of the private key in PEM, for a certificate in PEM.</summary>
    public string? Key { get; set; }

    /// <summary>Password of the key or the PFX file, if it has one.</summary>
    public string? Password { get; set; }

    // Null: no TLS.
    internal CertificateSource? Files => Certificate is null ? null : new(Certificate, Key, Password);

    /// <inheritdoc/>
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Certificate is null && (Key ?? Password) is not null)
            yield return new ValidationResult("Certificate is missing: Key and Password need the certificate's file.");
        string[] missing = [.. new[] { Certificate, Key }.OfType<string>().Where(file => !File.Exists(file))];
        foreach (string file in missing) yield return new ValidationResult($"there is no file '{file}'.");
        if (Certificate is not null && missing.Length == 0 && Mistake() is { } mistake) yield return new ValidationResult(mistake);
    }

    // Never repeats the password, nor what is in the files.
    private string? Mistake()
    {
        try
        {
            foreach (X509Certificate2 certificate in OwnCertificate.Read(Files!, File.ReadAllBytes(Certificate!))) certificate.Dispose();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return $"Certificate '{Certificate}' cannot be used: {e.Message.ReplaceLineEndings(" ")} For PEM set Key to the private key's "
                + "file; for PFX check Password.";
        }
    }
}
