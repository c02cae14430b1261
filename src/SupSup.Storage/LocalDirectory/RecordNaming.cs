using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The file name of a record, relative to the container: <c>{stateName}-{grainType}/{grainKey}.json</c>, the name the
/// Azure Blob provider gives the record's blob, with what a file system cannot hold escaped.
/// </summary>
/// <remarks>
/// Two records never get the same name, and no record's name is a directory of another's. docs/storage-format.md has
/// the rules; undoing the percent-escapes gives the blob name back, save for the names that were hashed.
/// </remarks>
internal static class RecordNaming
{
    /// <summary>Every record's file name ends so, and no directory's does.</summary>
    public const string RecordSuffix = ".json";

    /// <summary>The longest name in UTF-8 bytes, without the suffix: file systems hold 255.</summary>
    public const int MaxSegmentBytes = 200;

    /// <summary>The longest escaped key in UTF-8 bytes: Linux takes paths of 4096, the root included.</summary>
    public const int MaxKeyBytes = 1000;

    /// <summary>Stands before a hash. An escape is '%' and two hexadecimal digits, so no text holds it.</summary>
    private const string HashMark = "%~";

    /// <summary>Stands for an empty segment, as in the key "a//b": a '%' by itself is no escape either.</summary>
    private const char EmptySegment = '%';

    /// <summary>The path of the record, with '/' between its segments, relative to the container's directory.</summary>
    /// <exception cref="EncoderFallbackException">The state name holds half of a surrogate pair.</exception>
    public static string RelativePath(string stateName, GrainId grainId)
    {
        // Azure's own name is ambiguous here: state "a-b" of type "c" and state "a" of type "b-c" share one blob.
        // With hyphens of the state name escaped, the first hyphen is the border, and the two stay apart.
        var directory = new StringBuilder();
        AppendEscaped(directory, StrictUtf8.GetBytes(stateName), escapeHyphen: true);
        directory.Append('-');
        AppendEscaped(directory, grainId.Type.AsSpan(), escapeHyphen: false);

        return $"{AsDirectory(directory)}/{KeyPath(grainId.Key.AsSpan())}{RecordSuffix}";
    }

    private static UTF8Encoding StrictUtf8 { get; } =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static string KeyPath(ReadOnlySpan<byte> key)
    {
        var path = new StringBuilder();
        var rest = key;
        for (int slash; (slash = rest.IndexOf((byte)'/')) >= 0; rest = rest[(slash + 1)..])
            path.Append(AsDirectory(Escaped(rest[..slash]))).Append('/');

        path.Append(Shortened(Escaped(rest).ToString()));
        string text = path.ToString();
        return Encoding.UTF8.GetByteCount(text) <= MaxKeyBytes ? text : HashMark + Hash(key);
    }

    /// <summary>A directory must not end as record files do, or the keys "a" and "a.json/b" would meet.</summary>
    private static string AsDirectory(StringBuilder escaped)
    {
        string name = escaped.ToString();
        if (name.EndsWith(RecordSuffix, StringComparison.Ordinal))
            name = $"{name[..^RecordSuffix.Length]}%2E{RecordSuffix[1..]}";
        return Shortened(name);
    }

    private static StringBuilder Escaped(ReadOnlySpan<byte> segment)
    {
        var escaped = new StringBuilder(segment.Length);
        AppendEscaped(escaped, segment, escapeHyphen: false);
        return escaped.Length > 0 ? escaped : escaped.Append(EmptySegment);
    }

    /// <summary>
    /// Appends UTF-8 text, with '/', '%', control characters and bytes that are not UTF-8 as %XX for each byte. A
    /// leading dot is escaped too: it keeps "." and ".." harmless, leaves names with a dot to this provider's own
    /// files, and keeps records in sight of tools that skip hidden files.
    /// </summary>
    private static void AppendEscaped(StringBuilder to, ReadOnlySpan<byte> text, bool escapeHyphen)
    {
        Span<char> units = stackalloc char[2];
        while (!text.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(text, out Rune rune, out int length) == OperationStatus.Done;
            bool escape = !valid || Rune.IsControl(rune) || rune.Value is '/' or '%'
                || (rune.Value == '.' && to.Length == 0) || (rune.Value == '-' && escapeHyphen);
            if (escape)
            {
                foreach (byte b in text[..length])
                    to.Append('%').Append(b.ToString("X2"));
            }
            else
            {
                to.Append(units[..rune.EncodeToUtf16(units)]);
            }

            text = text[length..];
        }
    }

    /// <summary>The name itself, or where it is too long, its beginning and a hash of the whole.</summary>
    private static string Shortened(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxSegmentBytes) return name;

        string tail = HashMark + Hash(Encoding.UTF8.GetBytes(name));
        return name[..LengthWithin(name, MaxSegmentBytes - tail.Length)] + tail;
    }

    /// <summary>How much of the name fits these UTF-8 bytes, with no character or escape cut in two.</summary>
    private static int LengthWithin(string name, int bytes)
    {
        int kept = 0;
        while (kept < name.Length)
        {
            Rune rune = Rune.GetRuneAt(name, kept);
            (int length, int size) = rune.Value == '%'
                ? ("%XX".Length, "%XX".Length)
                : (rune.Utf16SequenceLength, rune.Utf8SequenceLength);
            if (size > bytes) break;
            bytes -= size;
            kept += length;
        }

        return kept;
    }

    // SHA-256, for keys may come from users, who must not be able to make two of them meet.
    private static string Hash(ReadOnlySpan<byte> of) => Convert.ToHexStringLower(SHA256.HashData(of));
}
