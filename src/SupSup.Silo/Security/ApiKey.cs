using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace SupSup.Silo.Security;

/// <summary>
/// An API key as it is kept: its hash alone. Keys are 256 random bits, of which a plain hash tells nothing, and which a slow one
/// would not protect better.
/// </summary>
public sealed record ApiKey
{
    /// <summary>What keys begin with, by which they are told from tokens, and found where they should not be.</summary>
    public const string Prefix = "sup_";

    private const string HashPrefix = "sha256:";

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>Who has it; shown in logs.</summary>
    public required string Name { get; init; }

    /// <summary>reader, trainer or admin.</summary>
    public required string Role { get; init; }

    /// <summary>"sha256:" and the hash of the key in lower-case hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>When it stops being valid; null is never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Patterns of the names of the models that it is limited to, <c>*</c> standing for any characters; null is every
    /// model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Patterns of the names of the tasks that it is limited to; null is every task.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>Makes a key.</summary>
    /// <param name="name">Who will have it.</param>
    /// <param name="role">reader, trainer or admin.</param>
    /// <param name="expires">When it stops being valid; null is never.</param>
    /// <param name="models">Patterns of the models that it is limited to; null is every model.</param>
    /// <param name="tasks">Patterns of the tasks that it is limited to; null is every task.</param>
    /// <returns>The key itself, which nothing remembers, and what is kept of it.</returns>
    /// <exception cref="FormatException">The name, the role or a pattern cannot be used.</exception>
    public static (string Secret, ApiKey Kept) Create(
        string name, string role, DateTimeOffset? expires, IReadOnlyList<string>? models = null, IReadOnlyList<string>? tasks = null)
    {
        string secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        ApiKey kept = new() { Name = name, Role = role, Hash = HashOf(secret), Expires = expires, Models = models, Tasks = tasks };
        return kept.Mistake() is { } mistake ? throw new FormatException(mistake) : (secret, kept);
    }

    /// <summary>The hash that a key is kept as.</summary>
    public static string HashOf(string secret) => HashPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>What is wrong with it, or null.</summary>
    internal string? Mistake() =>
        Name.Length is 0 or > 100 || Name.Any(char.IsControl) ? "a key's name must have 1 to 100 characters, and no control characters"
        : !Roles.All.Contains(Role) ? $"key '{Name}' has the role '{Role}'; use {string.Join(", ", Roles.All)}"
        : Hash.Length != HashPrefix.Length + 64 || !Hash.StartsWith(HashPrefix, StringComparison.Ordinal)
            || Hash.AsSpan(HashPrefix.Length).ContainsAnyExcept(Hexadecimal)
            ? $"key '{Name}' needs a hash of the form sha256:<64 hexadecimal digits>; make keys with: supsup keys create"
        : Models is not null && CallerLimits.Mistake(Models) is { } models ? $"models of key '{Name}': the list {models}"
        : Tasks is not null && CallerLimits.Mistake(Tasks) is { } tasks ? $"tasks of key '{Name}': the list {tasks}"
        : null;
}
