using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SupSup.Storage.AzureBlobs;

/// <summary>
/// The blob's name of a record: <c>{stateName}-{grainType}/{grainKey}.json</c>, exactly the official provider's,
/// wherever the service takes that name as it is.
/// </summary>
/// <remarks>
/// A name that it would refuse, or alter on the way, is marked and escaped. docs/storage-format.md has the rules.
/// </remarks>
internal static class BlobNaming
{
    /// <summary>Every record's blob name ends so.</summary>
    public const string RecordSuffix = ".json";

    /// <summary>The longest blob name, in UTF-16 code units.</summary>
    public const int MaxLength = 1024;

    /// <summary>The most segments between slashes.</summary>
    public const int MaxSegments = 254;

    /// <summary>
    /// Begins the key of an escaped name. An official name whose key begins so is escaped as well, so the two kinds of
    /// names never meet.
    /// </summary>
    private const string Mark = "%~";

    /// <summary>The name of the record's blob.</summary>
    /// <exception cref="EncoderFallbackException">The state name holds half of a surrogate pair.</exception>
    public static string BlobName(string stateName, GrainId grainId)
    {
        byte[] official =
        [
            .. StrictUtf8.GetBytes(stateName), (byte)'-', .. grainId.Type.AsSpan(), (byte)'/', .. grainId.Key.AsSpan(),
        ];
        string escaped = Escaped(official, out bool changed);
        int slash = escaped.IndexOf('/');
        bool marked = escaped.AsSpan(slash + 1).StartsWith("%25~", StringComparison.Ordinal);
        if (!changed && !marked)
        {
            string name = Encoding.UTF8.GetString(official) + RecordSuffix;
            if (Fits(name)) return name;
        }

        string marking = $"{escaped[..slash]}/{Mark}{escaped[(slash + 1)..]}{RecordSuffix}";
        if (Fits(marking)) return marking;

        // SHA-256, for keys may come from users, who must not be able to make two of them meet. It is no escaped key:
        // one without a single escape was not in need of the mark.
        string hash = Convert.ToHexStringLower(SHA256.HashData(official));
        string hashed = $"{escaped[..slash]}/{Mark}{hash}{RecordSuffix}";
        return Fits(hashed) ? hashed : $"{Mark}/{Mark}{hash}{RecordSuffix}";
    }

    private static UTF8Encoding StrictUtf8 { get; } =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static bool Fits(string name) => name.Length <= MaxLength && name.AsSpan().Count('/') < MaxSegments;

    /// <summary>
    /// The text with what the service does not take, and '%', as %XX for each UTF-8 byte.
    /// </summary>
    /// <param name="text">The official name, less its suffix.</param>
    /// <param name="changed">Whether something other than '%' had to be escaped.</param>
    private static string Escaped(ReadOnlySpan<byte> text, out bool changed)
    {
        changed = false;
        var escaped = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        while (!text.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(text, out Rune rune, out int length) == OperationStatus.Done;
            ReadOnlySpan<byte> rest = text[length..];
            bool refused = !valid || IsRefused(rune) || (rune.Value == '.' && !rest.IsEmpty && rest[0] == '/');
            if (refused || rune.Value == '%')
            {
                foreach (byte b in text[..length])
                    escaped.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
            else
            {
                escaped.Append(units[..rune.EncodeToUtf16(units)]);
            }

            changed |= refused;
            text = rest;
        }

        return escaped.ToString();
    }

    /// <summary>
    /// Characters that the service forbids, or that something between here and there treats as another: control
    /// characters, those that are none to Unicode, and the backslash, which URLs take for a slash.
    /// </summary>
    private static bool IsRefused(Rune rune) =>
        rune.Value == '\\' || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.PrivateUse
        || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;
}
