using System.Globalization;
using System.Security.Cryptography;
using SupSup.Storage;

namespace SupSup.Cli.Backups;

/// <summary>One line of a manifest: a record and what it holds.</summary>
/// <param name="Name">The record.</param>
/// <param name="Bytes">Bytes of its payload.</param>
/// <param name="Sha256">SHA-256 of the payload, lower-case hexadecimal.</param>
internal sealed record BackupRecord(RecordName Name, long Bytes, string Sha256)
{
    /// <summary>Describes a record.</summary>
    public static BackupRecord Of(RecordName name, byte[] payload) =>
        new(name, payload.Length, Convert.ToHexStringLower(SHA256.HashData(payload)));

    /// <summary>Whether a payload is this record's.</summary>
    public bool Is(byte[] payload) => payload.Length == Bytes && Convert.ToHexStringLower(SHA256.HashData(payload)) == Sha256;

    /// <summary>Reads what <see cref="ToString"/> writes; null where a line is something else.</summary>
    public static BackupRecord? Parse(string line) =>
        line.Split(' ', 3) is [{ Length: 64 } sha256, var bytes, var name]
        && long.TryParse(bytes, CultureInfo.InvariantCulture, out long count) && RecordName.TryParse(name, out RecordName? record)
            ? new BackupRecord(record.Value, count, sha256)
            : null;

    /// <summary>"sha256 bytes name".</summary>
    public override string ToString() => $"{Sha256} {Bytes.ToString(CultureInfo.InvariantCulture)} {Name}";
}
