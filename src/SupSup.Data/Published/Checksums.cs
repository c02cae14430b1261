namespace SupSup.Data.Published;

/// <summary>
/// The checksums of those files of a data set for which none are published, as they were when its archive was unpacked: lines as
/// <c>md5sum</c> writes and checks them, in a file beside the others.
/// </summary>
internal static class Checksums
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "MD5SUMS";

    /// <summary>Whether a source needs the file.</summary>
    public static bool AreOwn(IDatasetSource source) => source.Files.Any(file => file.Md5 is null);

    /// <summary>The names of all files of a source's folder.</summary>
    public static IEnumerable<string> Names(IDatasetSource source) =>
        source.Files.Select(file => file.Name).Concat(AreOwn(source) ? [FileName] : []);

    /// <summary>Writes the file, if the source needs it.</summary>
    /// <param name="source">The source.</param>
    /// <param name="folder">The folder of its files, all good.</param>
    public static void Write(IDatasetSource source, string folder)
    {
        if (!AreOwn(source)) return;
        File.WriteAllLines(
            Path.Combine(folder, FileName),
            source.Files.Where(file => file.Md5 is null).Select(file => DatasetFile.Describe(Path.Combine(folder, file.Name)))
                .Select(file => $"{file.Md5}  {file.Name}"));
    }

    /// <summary>The files of a source, each with its checksum.</summary>
    /// <param name="source">The source.</param>
    /// <param name="folder">The folder of its files.</param>
    /// <exception cref="IOException">The checksums cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be read.</exception>
    public static IEnumerable<DatasetFile> Files(IDatasetSource source, string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!AreOwn(source) || !File.Exists(path)) return source.Files;
        Dictionary<string, string> known = File.ReadLines(path).Select(line => line.Split("  ", 2)).Where(parts => parts.Length == 2)
            .DistinctBy(parts => parts[1]).ToDictionary(parts => parts[1], parts => parts[0]);
        return source.Files.Select(file => file with { Md5 = file.Md5 ?? known.GetValueOrDefault(file.Name, $"any in {FileName}") });
    }
}
