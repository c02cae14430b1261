using SupSup.Core.Datasets;

namespace SupSup.Data.Published;

/// <summary>
/// A data set that is published as one archive (.tar.gz) at an address, with its MD5. What it unpacks to has no published checksums: the
/// store writes down its own once the archive was right.
/// </summary>
/// <param name="client">What downloads; null for a client of its own.</param>
/// <param name="patience">How long the server may send nothing; null for a minute.</param>
public sealed class ArchiveSource(HttpClient? client = null, TimeSpan? patience = null) : IDatasetSource
{
    private const int ReportsPerDownload = 10;
    private const int ChunkBytes = 1 << 17;
    private readonly TimeSpan _patience = patience ?? TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <inheritdoc/>
    public required string Description { get; init; }

    /// <inheritdoc/>
    public required int Classes { get; init; }

    /// <inheritdoc/>
    public required Normalization Normalization { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<DatasetFile> Files { get; init; }

    /// <summary>Where the archive is published.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its MD5 as published, 32 lower-case hexadecimal digits.</summary>
    public required string Md5 { get; init; }

    private string InsteadGiveArchive =>
        $"or get {Address} by other means and run `supsup data fetch {Name} --archive {Path.GetFileName(Address.LocalPath)}`";

    /// <inheritdoc/>
    public async Task FetchAsync(string directory, string? archive, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        string packed = archive ?? Path.Combine(directory, Path.GetFileName(Address.LocalPath));
        if (archive is null) await DownloadAsync(packed, progress, cancellationToken).ConfigureAwait(false);
        else if (!File.Exists(archive)) throw new DatasetException(archive, "there is no such file", "check the path");
        string remedy = archive is null ? $"try again, {InsteadGiveArchive}" : $"get it again, from {Address}";
        DatasetFile whole = new(Path.GetFileName(packed), null, Md5);
        if (whole.FindDamage(Path.GetDirectoryName(Path.GetFullPath(packed))!) is { } damage)
            throw new DatasetException(archive ?? $"{Address}", $"the archive {damage}", remedy);
        progress?.Report($"{Name}: the archive has the published checksum; unpacking");
        await PackedFiles.UnpackAsync(packed, archive ?? $"{Address}", Files, directory, remedy, cancellationToken).ConfigureAwait(false);
        if (archive is null) File.Delete(packed);
    }

    private async Task DownloadAsync(string path, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using HttpClient? own = client is null ? new HttpClient() : null;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long done = 0;
        long? length = null;
        try
        {
            progress?.Report($"{Name}: fetching {Address}");
            stop.CancelAfter(_patience);
            using HttpResponseMessage answer = await (client ?? own!).GetAsync(
                Address, HttpCompletionOption.ResponseHeadersRead, stop.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                throw Failed($"the server answered {(int)answer.StatusCode} {answer.ReasonPhrase}", null);
            length = answer.Content.Headers.ContentLength;
            await using Stream content = await answer.Content.ReadAsStreamAsync(stop.Token).ConfigureAwait(false);
            await using FileStream file = File.Create(path);
            byte[] chunk = new byte[ChunkBytes];
            for (int read, reports = 0; (read = await content.ReadAsync(chunk, stop.Token).ConfigureAwait(false)) > 0;)
            {
                stop.CancelAfter(_patience);
                await file.WriteAsync(chunk.AsMemory(0, read), stop.Token).ConfigureAwait(false);
                done += read;
                if (length is not { } all || done * ReportsPerDownload / all == reports) continue;
                reports = (int)(done * ReportsPerDownload / all);
                progress?.Report($"{Name}: {Megabytes(done)} of {Megabytes(all)} MB");
            }
        }
        catch (HttpRequestException e)
        {
            throw Failed($"cannot be reached ({e.Message})", e);
        }
        catch (HttpIOException e)
        {
            throw Failed($"broke off after {done}{(length is null ? "" : $" of {length}")} bytes ({e.Message})", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"has sent nothing for {_patience.TotalSeconds:0.#} s, after {done} bytes", e);
        }

        DatasetException Failed(string problem, Exception? cause) =>
            new($"{Address}", problem, $"check the network and try again, {InsteadGiveArchive}", cause);
    }

    private static long Megabytes(long bytes) => bytes / 1_000_000;
}
