using System.Security.Cryptography;

namespace SupSup.Data.Published;

/// <summary>A file of a published data set, and what it must hold.</summary>
/// <param name="Name">Its name in the data set's folder.</param>
/// <param name="Length">Its length in bytes; null where that is not published.</param>
/// <param name="Md5">MD5 of its content, 32 lower-case hexadecimal digits: it finds damage, not malice. Null where that of its archive
/// alone is published.</param>
public sealed record DatasetFile(string Name, long? Length = null, string? Md5 = null)
{
    /// <summary>Hashes the file in a folder; null when it is as published, else what is wrong with it.</summary>
    /// <param name="folder">The folder that should hold the file.</param>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public string? FindDamage(string folder)
    {
        using FileStream file = Open(Path.Combine(folder, Name));
        if (Length is { } length && file.Length != length)
            return $"has {file.Length} bytes, not {length}";

        string? md5 = Md5 is null ? null : Hash(file);
        return md5 == Md5 ? null : $"has MD5 {md5}, not {Md5}";
    }

    /// <summary>Describes a file that is known to be good, for a new source to publish.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DatasetFile Describe(string path)
    {
        using FileStream file = Open(path);
        return new DatasetFile(Path.GetFileName(path), file.Length, Hash(file));
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 17);

#pragma warning disable CA5351 // Data sets are published with MD5, and it need stand against damage only.
    private static string Hash(Stream content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351
}
