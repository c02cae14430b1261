using System.ComponentModel.DataAnnotations;
using SupSup.Silo.Security;

namespace SupSup.Silo.Settings;

/// <summary>JSON Web Tokens as credentials: those of an OpenID Connect authority, or those signed by a key that is at hand.</summary>
public sealed class JwtSettings : IValidatableObject
{
    /// <summary>Address of the authority, https unless it is on loopback; its keys are found by its discovery
    /// document. Null (default): none.</summary>
    public string? Authority { get; set; }

    /// <summary>Instead of it, a file with the public key in PEM (RSA or elliptic curve) that tokens are
    /// signed with. Null (default): none.</summary>
    public string? PublicKeyFile { get; set; }

    /// <summary>The issuer that tokens must name; for <see cref="PublicKeyFile"/>. The authority's own where there is one.</summary>
    public string? Issuer { get; set; }

    /// <summary>The audience that tokens must be meant for.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim whose values reader, trainer and admin are the caller's roles. Default "roles".</summary>
    [Required(AllowEmptyStrings = false)]
    public string RoleClaim { get; set; } = "roles";

    /// <summary>The claim with patterns of the models that the caller is limited to, a list or text with commas between; a token without
    /// it is then for no model, and "*" for every one. Null (default): tokens are not limited.</summary>
    public string? ModelsClaim { get; set; }

    /// <summary>The same of the tasks that the caller is limited to, by their names. Null (default): tokens are not limited.</summary>
    public string? TasksClaim { get; set; }

    /// <summary>Whether tokens are accepted.</summary>
    public bool IsOn => (Authority ?? PublicKeyFile) is not null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsOn)
        {
            if ((Issuer ?? Audience ?? ModelsClaim ?? TasksClaim) is not null)
                yield return new ValidationResult(
                    "Authority is missing: Issuer, Audience, ModelsClaim and TasksClaim need an Authority or a PublicKeyFile.");
            yield break;
        }

        if (Audience is null)
            yield return new ValidationResult("Audience is missing: without it a token for any other service would be accepted.");
        if (Authority is not null && PublicKeyFile is not null)
            yield return new ValidationResult("Authority and PublicKeyFile are both set; set one.");
        if (PublicKeyFile is not null && Issuer is null)
            yield return new ValidationResult("Issuer is missing: PublicKeyFile needs the issuer that tokens must come from.");
        if (PublicKeyFile is not null && SettingsCheck.FileMistake(PublicKeyFile, file => TokenKey.Read(file)) is { } mistake)
            yield return new ValidationResult($"PublicKeyFile '{PublicKeyFile}': {mistake}.");
        if (Authority is not null && !(Uri.TryCreate(Authority, UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))))
            yield return new ValidationResult($"Authority '{Authority}' is not an https address.");
    }
}
