using System.ComponentModel.DataAnnotations;
using SupSup.Silo.Security;

namespace SupSup.Silo.Settings;

/// <summary>Who may ask what over HTTP and gRPC. Without keys and tokens everyone on the machine is an admin,
/// and only loopback may be listened on.</summary>
public sealed class SecuritySettings : IValidatableObject
{
    /// <summary>File of hashed API keys, as `supsup keys` writes it. Read again when it changes. Null (default): no keys.</summary>
    public string? KeysFile { get; set; }

    /// <summary>JSON Web Tokens that are accepted beside keys.</summary>
    public JwtSettings Jwt { get; set; } = new();

    /// <summary>Requests that one caller may make in a minute, a caller being a key, a token's subject, or an
    /// address. Default 60000.</summary>
    [Range(1, 100_000_000)]
    public int RequestsPerMinute { get; set; } = 60_000;

    /// <summary>Requests of one caller that may be under way at once, streams among them; those beyond are
    /// refused with 429. Default 256.</summary>
    [Range(1, 1 << 20)]
    public int ConcurrentRequests { get; set; } = 256;

    /// <summary>Whether callers must say who they are.</summary>
    public bool IsRequired => KeysFile is not null || Jwt.IsOn;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeysFile is not null && SettingsCheck.FileMistake(
            KeysFile, file => ApiKeyFile.Parse(File.ReadAllBytes(file)),
            $"; make one with: supsup keys create --file {KeysFile} --name NAME --role reader|trainer|admin") is { } mistake)
            yield return new ValidationResult($"KeysFile '{KeysFile}': {mistake}.");
    }
}
