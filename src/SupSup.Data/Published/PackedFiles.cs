using System.Formats.Tar;
using System.IO.Compression;
using SupSup.Core.Datasets;

namespace SupSup.Data.Published;

/// <summary>Takes the files of a data set out of an archive (.tar.gz).</summary>
internal static class PackedFiles
{
    /// <summary>Unpacks them, from whatever folder of the archive they are in; leaves out the others.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="files">The files.</param>
    /// <param name="directory">The folder that gets them.</param>
    /// <param name="remedy">What errors advise.</param>
    /// <param name="cancellationToken">Stops it, with some of the files there.</param>
    /// <exception cref="DatasetException">The archive is corrupt, or lacks a file.</exception>
    public static async Task UnpackAsync(
        string archive,
        string name,
        IReadOnlyList<DatasetFile> files,
        string directory,
        string remedy,
        CancellationToken cancellationToken)
    {
        HashSet<string> wanted = [.. files.Select(file => file.Name)];
        try
        {
            using FileStream packed = File.OpenRead(archive);
            using GZipStream inflated = new(packed, CompressionMode.Decompress);
            using TarReader tar = new(inflated);
            while (await tar.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
            {
                string own = Path.GetFileName(entry.Name);
                if (entry.DataStream is null || !wanted.Remove(own)) continue;
                using FileStream file = File.Create(Path.Combine(directory, own));
                await entry.DataStream.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new DatasetException(name, $"the archive is corrupt ({e.Message})", remedy, e);
        }

        if (wanted.Count > 0)
            throw new DatasetException(name, $"the archive lacks {wanted.Order(StringComparer.Ordinal).First()}", remedy);
    }
}
