using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using SupSup.Experiments.Learners;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Reservoirs;
using SupSup.Grains.Sent;
using SupSup.Grains.Storage;
using SupSup.Grains.Streams;
using SupSup.Grains.Tasks;
using SupSup.Storage;

namespace SupSup.Cli.Backups;

/// <summary>
/// Copies the records of one model so that they belong together, while silos go on changing them. docs/storage-format.md says which order
/// of copying makes them so, and why; nothing is locked, and no silo is asked.
/// </summary>
/// <param name="source">The store.</param>
/// <param name="folder">The backup.</param>
/// <param name="states">Reads what records say.</param>
/// <param name="model">The model's name.</param>
/// <param name="listed">Streams that the catalogue has of it; models created by earlier builds do not know their own.</param>
internal sealed class ModelCopy(
    RecordContainer source, BackupFolder folder, StoredStates states, string model, IEnumerable<string> listed)
{
    private const int AtOnce = 16, MostAttempts = 50, StrictAttempts = 10, LooksForDirectory = 20;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<RecordName, BackupRecord> _records = [];
    private readonly ConcurrentDictionary<RecordName, string> _leftOut = [];

    /// <summary>What was copied and belongs together.</summary>
    public IEnumerable<BackupRecord> Records => _records.Values;

    /// <summary>What should be there and is not, or is damaged: a line for each.</summary>
    public IEnumerable<string> LeftOut => _leftOut.Select(record => $"{record.Key} {record.Value}");

    /// <summary>Whether there is a model, rather than what a deleted one leaves.</summary>
    public bool IsThere { get; private set; }

    /// <summary>Learned tasks among it.</summary>
    public int Tasks { get; private set; }

    /// <summary>Copies until what was copied belongs together.</summary>
    /// <param name="begin">Told how many tasks there are, and runs the copying of each with a display of its progress.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="SupSupException">Unavailable: it changes faster than it can be copied.</exception>
    /// <exception cref="DamagedGrainStateException">Its record, its directory or one of its streams is damaged.</exception>
    public async Task RunAsync(Func<int, Func<IStageProgress, Task>, Task> begin, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            _records.Clear();
            _leftOut.Clear();
            (IsThere, Tasks) = (false, 0);
            if (await TryAsync(begin, cancellationToken)) return;
        }

        throw new SupSupException(
            SupSupError.Unavailable,
            $"the tasks of model '{model}' change faster than they can be copied; run the backup again when fewer are under way, and it "
                + "goes on");
    }

    private async Task<bool> TryAsync(Func<int, Func<IStageProgress, Task>, Task> begin, CancellationToken stop)
    {
        // Tasks first, then the head: the index of a task that is listed was handed out in the head that is read after it.
        HashSet<int> tasks = [.. await TasksAsync(StorageNames.Checkpoint, stop), .. await TasksAsync(StorageNames.Task, stop)];
        if (await HeadAsync(stop) is not { } head)
        {
            _records.Clear();
            return true;
        }

        if (head.State.Spec is not { } spec)
        {
            // Deleted: what is left is the number that the next of its name goes on from.
            foreach (RecordName other in _records.Keys.Where(other => other != RecordNames.Model(model))) _records.TryRemove(other, out _);
            return true;
        }

        TaskSummary[] learned = [.. head.Learned];
        (IsThere, Tasks) = (!head.State.IsDeleting, learned.Length);
        tasks.ExceptWith(head.OfStreams);
        tasks.UnionWith(learned.Select(task => task.Task));
        await begin(tasks.Count, progress => ForEachAsync(
            tasks,
            async task =>
            {
                await CopyTaskAsync(task, learned.FirstOrDefault(known => known.Task == task)?.StoredAs ?? 0, stop);
                progress.Advance(1);
            },
            stop));
        await ForEachAsync(head.State.DataBytes.Keys, task => CopyDataAsync(task, stop), stop);
        if (spec.HasReservoir) await CopyReservoirAsync(stop);
        if (head.Pages.Count == 0 && await IsFirstListedAsync(tasks, stop)) return false;

        ModelState? now = await NowAsync(stop);
        if (now?.Incarnation != head.State.Incarnation || now.IsDeleting != head.State.IsDeleting || now.Spec is null) return false;
        if (head.State.IsDeleting) return true;

        // What was deleted after the head was read is in the head no more: that is read again, unless an earlier attempt has the records.
        RecordName[] missing = Missing(learned, spec);
        if (missing.Length > 0 && await HaveChangedAsync(head.Pages, stop))
        {
            foreach (RecordName name in missing)
                if (folder.Held(name) is { } held) _records[name] = held;
            missing = Missing(learned, spec);
            if (missing.Length > 0) return false;
        }

        foreach (RecordName name in missing) _leftOut.TryAdd(name, "is missing");
        return true;
    }

    // The records that learned tasks should have and that were not copied.
    private RecordName[] Missing(TaskSummary[] learned, ModelSpec spec) =>
    [
        .. learned.Select(task => RecordNames.OfTask(StorageNames.Task, model, task.Task))
            .Concat(learned.Where(task => task.Bytes > 0 && !spec.HasReservoir)
                .Select(task => RecordNames.Mask(model, task.Task, task.StoredAs)))
            .Where(name => !_records.ContainsKey(name)),
    ];

    // The model's record, its directory and its streams, at one moment: streams say of their tasks, and of their own position, what is
    // right for as long as they are not written again, so that they are the same before all of it was read and after.
    private async Task<Head?> HeadAsync(CancellationToken stop)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await NowAsync(stop) is not { } before) return null;
            Dictionary<RecordName, string> streams = [];
            HashSet<int> ofStreams = [];
            foreach (string stream in before.Streams.Union(listed))
            {
                RecordName name = RecordNames.Stream(model, stream);
                if (await CopyAsync(name, stop) is not { } etag) continue;
                streams[name] = etag;
                foreach (StreamTask task in (await CopiedAsync<StreamState>(name, stop)).Tasks)
                {
                    await CopyMemberAsync(RecordNames.Sample(model, stream, task.Task), stop);
                    if (!task.IsOpen) continue;
                    ofStreams.Add(task.Task);
                    await CopyTaskAsync(task.Task, 0, stop);
                }
            }

            // Streams that are written all the time: what the directory has beyond them is a task that such a stream may learn once more.
            bool isLenient = attempt >= StrictAttempts;
            if (isLenient && await HaveChangedAsync(streams.Select(stream => (stream.Key, stream.Value)), stop))
            {
                foreach (RecordName name in streams.Keys) _records.TryRemove(name, out _);
                continue;
            }

            List<(RecordName, string)> pages = [];
            RecordName own = RecordNames.Model(model);
            if (await CopyAsync(own, stop) is null) return null;
            ModelState state = await CopiedAsync<ModelState>(own, stop);
            List<TaskSummary> learned = [.. state.Tasks]; // stored before there were pages
            for (bool isFull = true; isFull;)
            {
                RecordName name = RecordNames.Page(model, pages.Count);
                if (await CopyAsync(name, stop) is not { } etag) break;
                pages.Add((name, etag));
                DirectoryPage page = await CopiedAsync<DirectoryPage>(name, stop);
                learned.AddRange(page.Tasks.Where((_, place) => page.Removed.BinarySearch(place) < 0));
                isFull = page.Tasks.Length == DirectoryPage.Size; // one that follows another was made after that was read
            }

            if (isLenient || !await HaveChangedAsync(streams.Select(stream => (stream.Key, stream.Value)), stop))
                return new Head(state, pages, [.. learned.DistinctBy(task => task.Task)], ofStreams);
            foreach (RecordName name in streams.Keys) _records.TryRemove(name, out _);
        }

        throw new SupSupException(
            SupSupError.Unavailable,
            $"the streams of model '{model}' change faster than they can be copied; run the backup again when fewer are under way, and it "
                + "goes on");
    }

    // The first task of a model is stored before there is a directory: a copy between the two would look as if that had been lost.
    private async Task<bool> IsFirstListedAsync(IEnumerable<int> tasks, CancellationToken stop)
    {
        if (!tasks.Any(task => _records.ContainsKey(RecordNames.OfTask(StorageNames.Task, model, task)))) return false;
        for (int look = 0; look < LooksForDirectory; look++)
        {
            if (await source.ETagAsync(source.PlaceOf(RecordNames.Page(model, 0)), stop) is not null) return true;
            await Task.Delay(BetweenLooks, stop);
        }

        return false; // it was lost, as health says of the store and of what is restored from here
    }

    // What is cleared first is read first: a checkpoint goes when the metadata are there, and these come after the mask. A mask that they
    // name is gone only where they were written again.
    private async Task CopyTaskAsync(int task, int listedAs, CancellationToken stop)
    {
        await CopyMemberAsync(RecordNames.OfTask(StorageNames.Checkpoint, model, task), stop);
        RecordName own = RecordNames.OfTask(StorageNames.Task, model, task);
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            string? etag = await CopyMemberAsync(own, stop);
            TaskState state = etag is null ? new() : await CopiedAsync<TaskState>(own, stop);
            int[] versions = [.. new[] { listedAs, state.Summary?.StoredAs ?? 0, state.Earlier?.StoredAs ?? 0 }.Distinct()];
            foreach (int version in versions) await CopyMemberAsync(RecordNames.Mask(model, task, version), stop);
            if (state.Summary is not { } summary || _records.ContainsKey(RecordNames.Mask(model, task, summary.StoredAs))) return;
            if (!await HaveChangedAsync([(own, etag!)], stop)) return;
        }
    }

    // A part is never overwritten, so that those which are named belong together; when one is gone, other data have been sent.
    private Task CopyDataAsync(int task, CancellationToken stop) => CopyPartsAsync<SentDataState>(
        RecordNames.Data(model, task),
        state => state.Draft.Values.Concat(state.Data?.Parts ?? []).Select(part => RecordNames.DataPart(model, task, part.Checksum)),
        state => (state.Data?.Parts ?? []).Select(part => RecordNames.DataPart(model, task, part.Checksum)),
        stop);

    private Task CopyReservoirAsync(CancellationToken stop)
    {
        IEnumerable<RecordName> Parts(ReservoirState state) => state.Parts.Select(part => RecordNames.ReservoirPart(model, part));
        return CopyPartsAsync<ReservoirState>(RecordNames.Reservoir(model), Parts, Parts, stop);
    }

    private async Task CopyPartsAsync<T>(
        RecordName head, Func<T, IEnumerable<RecordName>> named, Func<T, IEnumerable<RecordName>> needed, CancellationToken stop)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await CopyMemberAsync(head, stop) is not { } etag) return;
            T state = await CopiedAsync<T>(head, stop);
            RecordName[] all = [.. named(state).Distinct()];
            await ForEachAsync(all, name => CopyMemberAsync(name, stop), stop);
            RecordName[] missing = [.. needed(state).Distinct().Where(name => !_records.ContainsKey(name))];
            if (missing.Length == 0) return;
            if (!await HaveChangedAsync([(head, etag)], stop))
            {
                foreach (RecordName name in missing) _leftOut.TryAdd(name, "is missing");
                return;
            }

            foreach (RecordName name in all) _records.TryRemove(name, out _);
        }

        throw new SupSupException(
            SupSupError.Unavailable, $"{head} of {source.Location} changes faster than it can be copied; run the backup again");
    }

    private async Task<string?> CopyMemberAsync(RecordName name, CancellationToken stop)
    {
        try
        {
            return await CopyAsync(name, stop);
        }
        catch (DamagedGrainStateException e)
        {
            _leftOut[name] = $"is damaged: {e.Problem}";
            return null;
        }
    }

    private async Task<string?> CopyAsync(RecordName name, CancellationToken stop)
    {
        if (await folder.CopyAsync(source, name, stop) is not var (etag, record))
        {
            _records.TryRemove(name, out _);
            return null;
        }

        _records[name] = record;
        return etag;
    }

    private async Task<T> CopiedAsync<T>(RecordName name, CancellationToken stop) =>
        states.Read<T>(name, source.Location, await folder.ReadAsync(name, stop));

    // The model's record as it is now, without copying it.
    private async Task<ModelState?> NowAsync(CancellationToken stop)
    {
        RecordName name = RecordNames.Model(model);
        StoredRecord? read = await source.ReadAsync(source.PlaceOf(name), stop);
        return read is null ? null : states.Read<ModelState>(name, source.Location, read.Payload);
    }

    private async Task<bool> HaveChangedAsync(IEnumerable<(RecordName Name, string ETag)> read, CancellationToken stop)
    {
        foreach ((RecordName name, string etag) in read)
            if (await source.ETagAsync(source.PlaceOf(name), stop) != etag) return true;
        return false;
    }

    private async Task<IEnumerable<int>> TasksAsync(string state, CancellationToken stop) =>
        from part in await source.ListAsync(state, RecordNames.Task, model, stop)
        let task = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1
        where task >= 0
        select task;

    private static Task ForEachAsync<T>(IEnumerable<T> all, Func<T, Task> work, CancellationToken stop) => Parallel.ForEachAsync(
        all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, (one, _) => new ValueTask(work(one)));

    private sealed record Head(
        ModelState State, List<(RecordName Name, string ETag)> Pages, ImmutableArray<TaskSummary> Learned, HashSet<int> OfStreams);
}
