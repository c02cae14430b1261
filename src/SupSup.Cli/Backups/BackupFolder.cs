using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SupSup.Cli.Demo;
using SupSup.Experiments.Files;
using SupSup.Grains.Interfaces.Models;
using SupSup.Storage;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Cli.Backups;

/// <summary>
/// A folder with a backup: a directory store, its manifest, and backup.json once it is complete. Until then a journal says which version
/// of each record is in it, so that a backup that was cut off goes on: what is unchanged is not copied again.
/// </summary>
internal sealed class BackupFolder : IAsyncDisposable
{
    private const string Summary = "backup.json", Manifest = "manifest.txt", Journal = "progress.txt", Lock = ".lock";

    private readonly string _path;
    private readonly DirectoryRecords _records;
    private readonly Dictionary<RecordName, (string ETag, BackupRecord Record)> _earlier;
    private readonly ConcurrentDictionary<RecordName, (string ETag, BackupRecord Record)> _now = [];
    private readonly StreamWriter _journal;

    private BackupFolder(
        string path, DirectoryRecords records, Dictionary<RecordName, (string ETag, BackupRecord Record)> earlier, StreamWriter journal) =>
        (_path, _records, _earlier, _journal) = (path, records, earlier, journal);

    /// <summary>Records that an earlier run left behind.</summary>
    public int Earlier => _earlier.Count;

    /// <summary>Begins a backup, or goes on with one that was cut off.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="source">The store that is copied.</param>
    /// <exception cref="SupSupException">Conflict: something else is there.</exception>
    public static BackupFolder Begin(string path, string source)
    {
        string journal = Path.Combine(path, Journal);
        if (File.Exists(Path.Combine(path, Summary)))
            throw new SupSupException(SupSupError.Conflict, $"{path} holds a complete backup; name a folder that is not there yet");
        string[] lines = File.Exists(journal) ? File.ReadAllLines(journal) : [];
        IEnumerable<string> present = Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [];
        if (lines.Length == 0 && present.Any(file => Path.GetFileName(file) is not (Lock or Journal)))
            throw new SupSupException(SupSupError.Conflict, $"{path} is not empty, and holds no unfinished backup; name another folder");
        if (lines is [var first, ..] && first != source)
            throw new SupSupException(
                SupSupError.Conflict, $"{path} holds an unfinished backup of another store ({first}); name another folder, or delete it");

        DirectoryRecords records = DirectoryRecords.OpenToWrite(path);
        StreamWriter writer = new(journal, append: true, new UTF8Encoding(false)) { AutoFlush = true };
        writer.WriteLine(lines.Length == 0 ? source : ""); // ends a line that a kill cut short
        return new BackupFolder(path, records, Parse(lines), writer);
    }

    /// <summary>Reads a complete backup.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="SupSupException">NotFound: there is none. Damaged: its manifest is not what was written.</exception>
    public static (BackupSummary Summary, IReadOnlyList<BackupRecord> Records) Open(string path)
    {
        string summary = Path.Combine(path, Summary), manifest = Path.Combine(path, Manifest);
        if (!File.Exists(summary))
            throw new SupSupException(SupSupError.NotFound, File.Exists(Path.Combine(path, Journal))
                ? $"the backup in {path} is not complete; run the same `supsup backup` again"
                : $"there is no backup in {path}: it has no {Summary}");
        try
        {
            BackupSummary read = JsonSerializer.Deserialize<BackupSummary>(File.ReadAllText(summary), DemoFiles.Json)!;
            if (read.Format != BackupSummary.KnownFormat)
                throw new SupSupException(
                    SupSupError.InvalidRequest, $"the backup in {path} has form {read.Format}, and this release reads form "
                        + $"{BackupSummary.KnownFormat}; use the release that wrote it, or a later one");
            byte[] text = File.ReadAllBytes(manifest);
            if (Convert.ToHexStringLower(SHA256.HashData(text)) != read.Manifest) throw Damaged($"the SHA-256 of {Manifest} is another");
            string[] lines = Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return (read, [.. lines.Select(line => BackupRecord.Parse(line) ?? throw Damaged($"{Manifest} has the line '{line}'"))]);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            throw Damaged(e.Message);
        }

        SupSupException Damaged(string problem) =>
            new(SupSupError.Damaged, $"the backup in {path} is damaged: {problem.ReplaceLineEndings(" ")}; use another one");
    }

    /// <summary>Copies a record, unless the folder has this version of it.</summary>
    /// <param name="source">The store.</param>
    /// <param name="name">The record.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What was copied, and its ETag in the store; null where there is no such record.</returns>
    /// <exception cref="DamagedGrainStateException">The record is damaged.</exception>
    /// <exception cref="GrainStorageIOException">A store failed.</exception>
    public async Task<(string ETag, BackupRecord Record)?> CopyAsync(
        RecordContainer source, RecordName name, CancellationToken cancellationToken)
    {
        string from = source.PlaceOf(name);
        if (_now.TryGetValue(name, out var have) && await source.ETagAsync(from, cancellationToken) == have.ETag) return have;
        if (!_now.ContainsKey(name) && _earlier.TryGetValue(name, out var early)
            && await source.ETagAsync(from, cancellationToken) == early.ETag && await HoldsAsync(early.Record, cancellationToken))
            return _now[name] = early;
        if (await source.ReadAsync(from, cancellationToken) is not { } read) return null;

        BackupRecord record = BackupRecord.Of(name, read.Payload);
        await _records.WriteAsync(_records.PlaceOf(name), read.Payload, cancellationToken);
        lock (_journal) _journal.WriteLine($"{read.ETag} {record}");
        return _now[name] = (read.ETag, record);
    }

    /// <summary>The latest copy that this run made of a record, though the store may have it no more; null for none.</summary>
    public BackupRecord? Held(RecordName name) => _now.TryGetValue(name, out var have) ? have.Record : null;

    /// <summary>The payload of a record that was copied.</summary>
    public async Task<byte[]> ReadAsync(RecordName name, CancellationToken cancellationToken) =>
        (await _records.ReadAsync(_records.PlaceOf(name), cancellationToken))!.Payload;

    /// <summary>Completes the backup: drops what does not belong to it, and writes manifest and summary.</summary>
    /// <param name="records">What belongs to it.</param>
    /// <param name="summary">Makes the summary, given the manifest's SHA-256.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<BackupSummary> CompleteAsync(
        IReadOnlyCollection<BackupRecord> records, Func<string, BackupSummary> summary, CancellationToken cancellationToken)
    {
        HashSet<string> places = [.. records.Select(record => _records.PlaceOf(record.Name))];
        List<string> others = [];
        await foreach (string place in _records.PlacesAsync("", cancellationToken))
            if (!places.Contains(place)) others.Add(place);
        foreach (string place in others) await _records.DeleteAsync(place, cancellationToken);

        string manifest = string.Concat(records.OrderBy(record => $"{record.Name}", StringComparer.Ordinal).Select(one => $"{one}\n"));
        byte[] text = Encoding.UTF8.GetBytes(manifest);
        BackupSummary written = summary(Convert.ToHexStringLower(SHA256.HashData(text)));
        AtomicFile.Write(Path.Combine(_path, Manifest), file => File.WriteAllBytes(file, text));
        AtomicFile.Write(
            Path.Combine(_path, Summary), file => File.WriteAllText(file, JsonSerializer.Serialize(written, DemoFiles.Json)));
        await _journal.DisposeAsync();
        File.Delete(Path.Combine(_path, Journal));
        return written;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        await _records.DisposeAsync();
    }

    // Of the folder, not of the journal alone: a power failure may have taken the one and left the other.
    private async Task<bool> HoldsAsync(BackupRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await _records.ReadAsync(_records.PlaceOf(record.Name), cancellationToken) is { } held && record.Is(held.Payload);
        }
        catch (DamagedGrainStateException)
        {
            return false;
        }
    }

    private static Dictionary<RecordName, (string ETag, BackupRecord Record)> Parse(IEnumerable<string> lines)
    {
        Dictionary<RecordName, (string, BackupRecord)> records = [];
        foreach (string line in lines)
            if (line.Split(' ', 2) is [var etag, var rest] && BackupRecord.Parse(rest) is { } record) records[record.Name] = (etag, record);
        return records;
    }
}
