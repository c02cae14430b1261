using System.Formats.Tar;
using System.IO.Compression;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;
using SupSup.Shared;

namespace SupSup.Data.Sent;

/// <summary>Data that were sent as one file: a table, arrays, or an archive of what could also lie in a folder.</summary>
public static class SentFile
{
    private const int MostEntries = 2_000_000;
    private const int TarMagicAt = 257;
    private const int ChunkBytes = 1 << 16;

    private static readonly Dictionary<string, string> MediaTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application/zip"] = ".zip",
        ["application/x-zip-compressed"] = ".zip",
        ["application/x-tar"] = ".tar",
        ["application/gzip"] = ".tar.gz",
        ["text/csv"] = ".csv",
        ["text/tab-separated-values"] = ".tsv",
        ["application/x-npy"] = ".npy",
        ["application/vnd.apache.parquet"] = ".parquet",
    };

    /// <summary>The ending that files of such content have: by their name, else by their media type, else by their first bytes.</summary>
    /// <param name="name">The file's name; null where it has none.</param>
    /// <param name="mediaType">Its media type, without parameters; null for none.</param>
    /// <param name="head">Its first bytes, 512 or all.</param>
    /// <exception cref="DatasetException">The name says another format.</exception>
    public static string EndingOf(string? name, string? mediaType, ReadOnlySpan<byte> head)
    {
        if (name is { Length: > 0 })
        {
            (string problem, string remedy) = SentEndings.Unknown;
            return SentEndings.Of(name) ?? throw new DatasetException(name, problem, remedy);
        }

        if (mediaType is not null && MediaTypes.TryGetValue(mediaType, out string? told)) return told;
        if (head.StartsWith("PK"u8)) return ".zip";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U'])) return ".npy";
        if (head.StartsWith("PAR1"u8)) return ".parquet";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return ".tar.gz";
        return head.Length > TarMagicAt && head[TarMagicAt..].StartsWith("ustar"u8) ? ".tar" : ".csv";
    }

    /// <summary>Opens data that were sent, by way of a folder for them, which is left to its owner.</summary>
    /// <param name="file">The file.</param>
    /// <param name="ending">Its ending, as of <see cref="EndingOf"/>.</param>
    /// <param name="address">Gives the address by which what is at a path is to be read.</param>
    /// <param name="name">What messages, and the dataset, call it.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="mostBytes">Bytes that an archive may unfold to.</param>
    /// <exception cref="DatasetException">The data are at fault, or an option is.</exception>
    public static Dataset Open(
        string file, string ending, Func<string, DatasetAddress> address, string name, string folder, long mostBytes)
    {
        ArgumentNullException.ThrowIfNull(address);
        string path = Unpack(file, ending, name, folder, mostBytes);
        try
        {
            DatasetAddress read = address(path);
            if (read.Path != path) throw new InvalidOperationException($"{name} would be read from elsewhere");
            string options = read.OptionsText;
            if (DatasetFiles.IsPictureFolder(path)) read = read.Completed("stream=no");
            Dataset dataset = DatasetFiles.Open(read, options.Length == 0 ? name : $"{name}?{options}");
            if (dataset.Train.Source is not null)
                throw new DatasetOptionException(name, "cannot be streamed, since what is sent is not kept as files", "leave stream out");
            return dataset.WithRemarks([.. dataset.Remarks.Select(Named)]);
        }
        catch (DatasetOptionException e)
        {
            throw new DatasetOptionException(Named(e.Subject), Named(e.Problem), Named(e.Remedy));
        }
        catch (DatasetException e)
        {
            throw new DatasetException(Named(e.Subject), Named(e.Problem), Named(e.Remedy), e);
        }

        // Where they lie for the moment is nobody's concern.
        string Named(string text) => text.Replace(path, name, StringComparison.Ordinal);
    }

    // Puts data that were sent where they can be opened, and tells the file or folder.
    private static string Unpack(string file, string ending, string name, string folder, long mostBytes)
    {
        Allowance allowance = new(name, mostBytes);
        try
        {
            if (ending is ".zip" or ".npz") Unzip(file, folder, allowance);
            else if (ending is ".tar" or ".tar.gz" or ".tgz") Untar(file, isPacked: ending != ".tar", folder, allowance);
            else Take(file, Path.Combine(folder, $"data{ending}"), allowance);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new DatasetException(name, $"is no {ending} file, or damaged ({e.Message})", "pack it anew", e);
        }

        return Innermost(folder, name);
    }

    // A file as it is; what is packed by itself is unpacked, so that it counts.
    private static void Take(string file, string path, Allowance allowance)
    {
        using FileStream source = File.OpenRead(file);
        Write(source, path, allowance);
    }

    private static void Unzip(string file, string folder, Allowance allowance)
    {
        using ZipArchive archive = ZipFile.OpenRead(file);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (entry.FullName.EndsWith('/') || Place(folder, entry.FullName, allowance) is not { } path) continue;
            using Stream content = entry.Open();
            Write(content, path, allowance);
        }
    }

    private static void Untar(string file, bool isPacked, string folder, Allowance allowance)
    {
        using FileStream stream = File.OpenRead(file);
        using Stream content = isPacked ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using TarReader reader = new(content);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                || Place(folder, entry.Name, allowance) is not { } path) continue; // folders are made by their files, links are not data
            Write(entry.DataStream ?? Stream.Null, path, allowance);
        }
    }

    // Where a file of the archive goes; null for what systems leave behind. An archive may name any place: only those below the folder are.
    private static string? Place(string folder, string entry, Allowance allowance)
    {
        string[] names = entry.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Any(name => name is "__MACOSX" || name.StartsWith("._", StringComparison.Ordinal))) return null;
        if (names.Any(name => name is ".." || name.Contains('\0')) || entry.StartsWith('/'))
            throw new DatasetException(allowance.Name, $"has an entry '{entry}', which would lie outside of its folder", "pack it anew");
        allowance.Enter();
        string path = Path.Combine([folder, .. names.Where(name => name != ".")]);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (IOException e)
        {
            throw new DatasetException(allowance.Name, $"has an entry '{entry}' that cannot be unpacked ({e.Message})", "pack it anew", e);
        }

        return path;
    }

    private static void Write(Stream content, string path, Allowance allowance)
    {
        if (Directory.Exists(path)) throw new DatasetException(
            allowance.Name, $"has a file and a folder of the name '{Path.GetFileName(path)}'", "pack it anew");
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
            throw new DatasetException(allowance.Name, $"has {Path.GetFileName(path)} in it", "send an .npz by itself");

        // Readers would unpack a table without end.
        bool isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        using Stream source = isPacked ? new GZipStream(content, CompressionMode.Decompress) : content;
        using FileStream target = Created(isPacked ? path[..^".gz".Length] : path, allowance);
        byte[] chunk = new byte[ChunkBytes];
        for (int read; (read = source.Read(chunk)) > 0;)
        {
            allowance.Take(read);
            target.Write(chunk, 0, read);
        }
    }

    private static FileStream Created(string path, Allowance allowance)
    {
        try
        {
            return File.Create(path);
        }
        catch (Exception e) when (
            e is PathTooLongException or UnauthorizedAccessException or DirectoryNotFoundException or ArgumentException)
        {
            throw new DatasetException(
                allowance.Name, $"has an entry that no file can be called ({Path.GetFileName(path)})", "pack it anew", e);
        }
    }

    // Who packs a folder often packs it with its name.
    private static string Innermost(string folder, string name)
    {
        while (true)
        {
            string[] entries = [.. Directory.EnumerateFileSystemEntries(folder)
                .Where(entry => Path.GetFileName(entry) is not (".DS_Store" or "Thumbs.db"))];
            if (entries.Length == 0)
                throw new DatasetException(name, "is empty", "pack the data, with a folder for each class of pictures");
            if (entries.Length > 1) return folder;
            if (File.Exists(entries[0])) return entries[0];
            folder = entries[0];
        }
    }

    /// <summary>What an archive may unfold to: a small one can hold as much as it likes.</summary>
    private sealed class Allowance(string name, long bytes)
    {
        private long _left = bytes;
        private int _entries;

        public string Name => name;

        public void Take(int taken)
        {
            _left -= taken;
            if (_left < 0) throw new DatasetException(name, "unfolds to more than may be kept", "send less, or smaller pictures");
        }

        public void Enter()
        {
            if (++_entries > MostEntries)
                throw new DatasetException(name, $"has more than {MostEntries:N0} files", "send fewer examples, or a table");
        }
    }
}
