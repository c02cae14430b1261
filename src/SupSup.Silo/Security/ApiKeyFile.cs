using System.Text.Json;
using System.Text.Json.Serialization;

namespace SupSup.Silo.Security;

/// <summary>A file of API keys: {"keys":[{"name","role","hash","expires","models","tasks"}]}.</summary>
public sealed record ApiKeyFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public required IReadOnlyList<ApiKey> Keys { get; init; }

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">UTF-8.</param>
    /// <exception cref="FormatException">It is no such file; one line, which repeats no hash.</exception>
    public static ApiKeyFile Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            ApiKeyFile file = JsonSerializer.Deserialize<ApiKeyFile>(content, Format) ?? throw new FormatException("it is empty");
            if (file.Keys.Any(key => key is null)) throw new FormatException("one of its keys is null");
            if (file.Keys.Select(key => key.Mistake()).FirstOrDefault(mistake => mistake is not null) is { } mistake)
                throw new FormatException(mistake);
            if (file.Keys.GroupBy(key => key.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw new FormatException($"two keys have the name '{twice.Key}'");
            if (file.Keys.GroupBy(key => key.Hash).FirstOrDefault(same => same.Count() > 1) is { } equal)
                throw new FormatException(
                    $"{string.Join(" and ", equal.Select(key => $"'{key.Name}'"))} have the same key; revoke all but one");
            return file;
        }
        catch (JsonException e)
        {
            throw new FormatException($"it is not a keys file: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>The file's content.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Format);
}
