using System.ComponentModel.DataAnnotations;
using SupSup.Shared;

namespace SupSup.Silo.Settings;

/// <summary>
/// The certificates of the ports for silos and clients. Both ends show one, issued by an authority of one's own; a silo's carries
/// <see cref="SiloName"/>, a client's does not.
/// </summary>
public sealed class EndpointTlsSettings : TlsSettings
{
    /// <summary>File of the authority's root certificates, in PEM. Read again when it changes.</summary>
    public string? Authority { get; set; }

    /// <summary>The DNS name that the certificates of all silos of the cluster carry. Default "supsup-silo".</summary>
    [Required(AllowEmptyStrings = false)]
    public string SiloName { get; set; } = TlsFiles.DefaultSiloName;

    // Null: no TLS.
    internal TlsFiles? Cluster => Certificate is null || Authority is null ? null : new(Files!, Authority, SiloName);

    /// <inheritdoc/>
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        ValidationResult[] own = [.. base.Validate(validationContext)];
        if (own.Length > 0) return own;
        if (Certificate is null)
            return Authority is null ? [] : [new ValidationResult("Certificate is missing: Authority needs a certificate that it issued.")];
        if (Authority is null)
            return [new ValidationResult("Authority is missing: without the root that issued the certificates anybody's would do.")];
        if (!File.Exists(Authority)) return [new ValidationResult($"there is no file '{Authority}'.")];
        return Cluster!.Mistake(isSilo: true) is { } mistake ? [new ValidationResult($"{mistake}.")] : [];
    }
}
