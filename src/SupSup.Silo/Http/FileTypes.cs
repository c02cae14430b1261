namespace SupSup.Silo.Http;

/// <summary>The media types of files that are taken to infer from, and the endings that such files have.</summary>
internal static class FileTypes
{
    private static readonly Dictionary<string, string> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["image/png"] = ".png",
        ["image/jpeg"] = ".jpg",
        ["image/webp"] = ".webp",
        ["text/csv"] = ".csv",
        ["text/tab-separated-values"] = ".tsv",
        ["application/x-npy"] = ".npy",
    };

    /// <summary>The media types.</summary>
    public static IReadOnlyCollection<string> All => Endings.Keys;

    /// <summary>Whether a media type is that of a file.</summary>
    /// <param name="type">The media type, without parameters; null for none.</param>
    public static bool Contains(string? type) => type is not null && Endings.ContainsKey(type);

    /// <summary>The ending of files of a type.</summary>
    /// <param name="type">One of <see cref="All"/>.</param>
    public static string Ending(string type) => Endings[type];
}
