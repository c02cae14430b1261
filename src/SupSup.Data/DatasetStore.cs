using SupSup.Core.Datasets;
using SupSup.Data.Formats;
using SupSup.Data.Published;

namespace SupSup.Data;

/// <summary>
/// The catalogue of data sets and the folder that caches them, one subfolder of files each. Several processes
/// may share the folder: a data set is fetched into a folder of its own, verified, and moved into place whole.
/// </summary>
/// <remarks>
/// Cached files are verified by checksum whenever they are opened (0.1 s); damage is reported, never repaired unasked.
/// </remarks>
public sealed class DatasetStore
{
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly SortedDictionary<string, IDatasetSource> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _time;

    /// <summary>Uses a folder as the cache; it is made when something is fetched.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="sources">The catalogue, by default <see cref="BuiltIn"/>.</param>
    /// <param name="time">Tells how old the leftovers of a killed fetch are; by default the system's clock.</param>
    /// <exception cref="ArgumentException">Two sources have the same name.</exception>
    public DatasetStore(string root, IEnumerable<IDatasetSource>? sources = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        _root = Path.GetFullPath(root);
        _time = time ?? TimeProvider.System;
        foreach (IDatasetSource source in sources ?? BuiltIn)
            _sources.Add(source.Name, source);
    }

    /// <summary>Every data set that comes with SupSup: the one place to register another.</summary>
    public static IReadOnlyList<IDatasetSource> BuiltIn { get; } =
    [
        new MnistSource(),
        new FashionMnistSource(),
        Cifar.Ten,
        Cifar.Hundred,
    ];

    /// <summary>The names that can be opened, sorted. The path of a user's own data can be opened too.</summary>
    public IReadOnlyList<string> Names => [.. _sources.Keys];

    /// <summary>The one spelling of a data set: the registered name, or the full path with its options; what is
    /// neither stays as it is.</summary>
    /// <param name="nameOrPath">A registered name in any case, or a path with options.</param>
    /// <exception cref="DatasetException">The options are at fault.</exception>
    public string Canonical(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (_sources.TryGetValue(nameOrPath, out IDatasetSource? source)) return source.Name;
        return IsPath(nameOrPath) ? DatasetAddress.Parse(nameOrPath).ToString() : nameOrPath;
    }

    /// <summary>Whether a text is a path and no name: it contains a separator, or exists.</summary>
    /// <param name="text">The text.</param>
    public static bool IsPath(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar)
            || Path.Exists(text) || Path.Exists(text.Split('?')[0]);
    }

    /// <summary>Whether a data set has a registered name, or is a path that exists: what is neither will
    /// not be there later either.</summary>
    /// <param name="nameOrPath">A registered name in any case, or a path with options.</param>
    public bool Knows(string nameOrPath)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        return _sources.ContainsKey(nameOrPath) || Path.Exists(nameOrPath) || Path.Exists(nameOrPath.Split('?')[0]);
    }

    /// <summary>Opens a data set: fetches it if it is registered and missing, verifies it and loads it.</summary>
    /// <param name="nameOrPath">
    /// A registered name (in any case), or the path of a file or folder with options. What contains a path separator is always a path.
    /// </param>
    /// <param name="progress">Told what is being fetched, and what a user should know of the data, a line at a time.</param>
    /// <param name="cancellationToken">Stops the fetch.</param>
    /// <exception cref="DatasetException">
    /// The name is unknown, the data set cannot be fetched, or a file is missing, damaged or does not fit the others.
    /// </exception>
    /// <exception cref="OperationCanceledException">The opening was cancelled.</exception>
    public async Task<Dataset> OpenAsync(
        string nameOrPath, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (!_sources.TryGetValue(nameOrPath, out IDatasetSource? source) && IsPath(nameOrPath))
        {
            Dataset own = await Task.Run(() => DatasetFiles.Open(nameOrPath), cancellationToken).ConfigureAwait(false);
            foreach (string remark in own.Remarks) progress?.Report(remark);
            return own;
        }

        source ??= Find(nameOrPath);
        await FetchAsync(source.Name, force: false, progress, cancellationToken: cancellationToken).ConfigureAwait(false);
        return await Task.Run(
            () => DatasetFiles.Open(DatasetAddress.Parse(Folder(source)), source.Name, source.Classes, source.Normalization),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How a data set is normalised; a registered one is not read for that.</summary>
    /// <param name="nameOrPath">As <see cref="OpenAsync"/>.</param>
    /// <exception cref="DatasetException">The name is unknown, or the path cannot be read.</exception>
    public async Task<Normalization> NormalizationAsync(string nameOrPath) =>
        _sources.TryGetValue(nameOrPath, out IDatasetSource? source)
            ? source.Normalization
            : (await OpenAsync(nameOrPath).ConfigureAwait(false)).Normalization;

    /// <summary>Sees to it that a data set is in the cache, verified.</summary>
    /// <param name="name">A registered name.</param>
    /// <param name="force">Fetch it again though it is there, and replace what is there, damaged or not.</param>
    /// <param name="progress">Told what is being done, a line at a time.</param>
    /// <param name="archive">The published archive, where the user has got it by other means: it is then unpacked, and nothing is
    /// downloaded.</param>
    /// <param name="cancellationToken">Stops the fetch; the cache is then as it was.</param>
    /// <exception cref="DatasetException">
    /// The name is unknown, the data set cannot be fetched or arrives damaged, or, without
    /// <paramref name="force"/>, a cached file is damaged.
    /// </exception>
    /// <exception cref="OperationCanceledException">The fetch was cancelled.</exception>
    public async Task FetchAsync(
        string name,
        bool force = false,
        IProgress<string>? progress = null,
        string? archive = null,
        CancellationToken cancellationToken = default)
    {
        IDatasetSource source = Find(name);
        if (!force)
        {
            DatasetStatus status = await VerifyAsync(name, cancellationToken).ConfigureAwait(false);
            if (status.State == DatasetState.Damaged)
                throw new DatasetException(status.File!, status.Problem!, RemedyForDamage(source));
            if (status.State == DatasetState.Ok)
                return;
        }

        try
        {
            await FetchIntoPlaceAsync(source, force, archive, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                source.Name, $"cannot be put into {_root} ({e.Message})", "check its permissions and free space", e);
        }

        progress?.Report($"{source.Name}: verified, in {Folder(source)}");
    }

    /// <summary>Verifies the files of a data set by length and checksum; fetches nothing.</summary>
    /// <param name="name">A registered name.</param>
    /// <param name="cancellationToken">Stops before the verification has begun.</param>
    /// <exception cref="DatasetException">The name is unknown.</exception>
    public Task<DatasetStatus> VerifyAsync(string name, CancellationToken cancellationToken = default)
    {
        IDatasetSource source = Find(name);
        return Task.Run(() => Verify(source), cancellationToken);
    }

    /// <summary>Verifies every registered data set, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<DatasetStatus> List() => [.. _sources.Values.Select(Verify)];

    private string RemedyForDamage(IDatasetSource source) =>
        $"run `supsup data fetch {source.Name} --force --data {_root}`, or delete the file";

    private IDatasetSource Find(string name) =>
        _sources.TryGetValue(name, out IDatasetSource? source)
            ? source
            : throw new DatasetException(
                name.Length == 0 ? "(empty)" : name,
                "no data set has this name",
                $"known are {string.Join(", ", Names)}, and the path of your own data works too");

    private string Folder(IDatasetSource source) => Path.Combine(_root, source.Name);

    private DatasetStatus Verify(IDatasetSource source)
    {
        var status = new DatasetStatus(source.Name, source.Description, DatasetState.Ok, Folder(source));
        try
        {
            foreach (DatasetFile file in Checksums.Files(source, status.Directory))
                if (FindDamage(file, status.Directory) is { } damage)
                    return Of(DatasetState.Damaged, file.Name, damage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Of(DatasetState.Damaged, Checksums.FileName, $"cannot be read ({e.Message})");
        }

        string? missing = Checksums.Names(source).FirstOrDefault(name => !File.Exists(Path.Combine(status.Directory, name)));
        return missing is null ? status : Of(DatasetState.NotFetched, missing, "is not there");

        DatasetStatus Of(DatasetState state, string file, string problem) =>
            status with { State = state, File = Path.Combine(status.Directory, file), Problem = problem };
    }

    /// <summary>What is wrong with a file; null when nothing is, or when it is not there.</summary>
    private static string? FindDamage(DatasetFile file, string folder)
    {
        try
        {
            return file.FindDamage(folder);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read ({e.Message})";
        }
    }

    private async Task FetchIntoPlaceAsync(
        IDatasetSource source, bool force, string? archive, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        string fresh = Path.Combine(_root, $".fetch-{source.Name}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(fresh);
        try
        {
            DeleteLeftovers();
            await source.FetchAsync(fresh, archive, progress, cancellationToken).ConfigureAwait(false);
            await Task.Run(() => CheckFetched(source, fresh), cancellationToken).ConfigureAwait(false);
            MoveIntoPlace(source, fresh, force);
        }
        finally
        {
            if (Directory.Exists(fresh))
                Directory.Delete(fresh, recursive: true);
        }
    }

    private static void CheckFetched(IDatasetSource source, string fresh)
    {
        foreach (DatasetFile file in source.Files)
        {
            string? damage = File.Exists(Path.Combine(fresh, file.Name)) ? file.FindDamage(fresh) : "is missing";
            if (damage is not null)
            {
                throw new DatasetException(
                    source.Name,
                    $"the fetched file {file.Name} {damage}",
                    "try again, or pass a folder that holds its files");
            }
        }

        Checksums.Write(source, fresh);
    }

    /// <summary>
    /// Renames the folder, so that others see the data set whole or not at all. Where the folder exists (a forced
    /// fetch, a deleted file, another process was faster) its files are replaced or filled in one by one: whichever
    /// process wins, checksums make the contents the same.
    /// </summary>
    private void MoveIntoPlace(IDatasetSource source, string fresh, bool force)
    {
        string folder = Folder(source);
        try
        {
            Directory.Move(fresh, folder);
            return;
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }

        foreach (string name in Checksums.Names(source))
        {
            string target = Path.Combine(folder, name);
            try
            {
                File.Move(Path.Combine(fresh, name), target, overwrite: force);
            }
            catch (IOException) when (!force && File.Exists(target))
            {
            }
        }
    }

    /// <summary>Deletes what fetches left behind that were killed over a day ago.</summary>
    private void DeleteLeftovers()
    {
        DateTime before = (_time.GetUtcNow() - LeftoverAge).UtcDateTime;
        foreach (string leftover in Directory.EnumerateDirectories(_root, ".fetch-*"))
        {
            try
            {
                if (Directory.GetLastWriteTimeUtc(leftover) < before)
                    Directory.Delete(leftover, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process deletes it too, or it is another user's: nothing depends on it.
            }
        }
    }
}
