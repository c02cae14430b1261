using System.Collections.Immutable;
using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Tasks;

/// <summary>
/// The records of a task. The mask is written first, then the metadata that speak of it, then the checkpoint is
/// cleared: a crash in between leaves an untrained task, which training makes again, or a checkpoint that is no
/// longer needed. A mask that takes the place of another has a record of its own, so that the metadata alone decide which is in force;
/// what they name no more is deleted once the directory has the new one. Each record is read when it is first needed, and masks are not
/// kept in memory. Used in grain turns only.
/// </summary>
internal sealed class TaskStore : IDisposable
{
    private readonly GrainRecord<TaskState> _task;
    private readonly GrainRecord<MaskState> _mask;
    private readonly GrainRecord<CheckpointState> _checkpoint;
    private readonly MaskVersions _versions;
    private readonly string _key;
    private readonly int _index;
    private readonly Func<int, GrainRecord<MaskState>> _open;
    private readonly TimeProvider _time;
    private readonly TimeSpan _keptFor;

    // Held from when the metadata are looked at until what follows from them is written.
    private readonly SemaphoreSlim _changing = new(1);
    private readonly WeakReference<PackedMaskBlob?> _recent = new(null);
    private bool _maskIsMissing;

    // Where a mask that takes the place of another is stored.
    private (int StoredAs, GrainRecord<MaskState> Record)? _next;

    /// <summary>Opens the records; nothing is read yet.</summary>
    /// <param name="records">The store.</param>
    /// <param name="versions">The version of mask files to store.</param>
    /// <param name="options">For how long versions are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="grain">The task grain.</param>
    /// <param name="onConflict">Called when another activation wrote one of the records.</param>
    public TaskStore(
        GrainRecords records, MaskVersions versions, TaskOptions options, TimeProvider time, GrainId grain, Action onConflict)
    {
        (_time, _keptFor) = (time, TimeSpan.FromHours(options.KeepVersionHours));
        _open = storedAs => records.Open<MaskState>(StorageNames.Mask, MaskRecord.Of(grain.Key.ToString()!, storedAs), onConflict);
        _versions = versions;
        _key = grain.Key.ToString()!;
        _index = GrainKeys.Split(_key).Index;
        _task = records.Open<TaskState>(StorageNames.Task, grain, onConflict);
        _mask = _open(0);
        _checkpoint = records.Open<CheckpointState>(StorageNames.Checkpoint, grain, onConflict);
    }

    /// <summary>The durable metadata, or null.</summary>
    public TaskSummary? Summary => _task.Value.Summary;

    /// <summary>The versions that can be asked, the one in force first; none where the task is not learned.</summary>
    public IEnumerable<TaskVersion> Versions
    {
        get
        {
            if (Summary is { } now) yield return Version(now, null);
            if (_task.Value is { Earlier: { } earlier, EarlierUntil: var until } && until > _time.GetUtcNow())
                yield return Version(earlier, until);
        }
    }

    /// <summary>The losses of the training that made the mask; empty where they are not known.</summary>
    public ImmutableArray<LossPoint> Curve => _task.Value.Curve;

    /// <summary>The durable checkpoint; its order is null when there is none.</summary>
    public CheckpointState Checkpoint => _checkpoint.Value;

    /// <summary>Whether the task is trained and its mask is there.</summary>
    public bool IsTrained => Summary is not null && !_maskIsMissing;

    /// <summary>Checks, before it is trained, that every silo will read the mask.</summary>
    /// <param name="network">Its network.</param>
    /// <exception cref="SupSupException">Unavailable: it names the silos that will not.</exception>
    public void CheckRead(ModelNetwork network) => _versions.CheckRead(network.Network.Plan, begins: true);

    /// <summary>Reads the metadata, unless that was done. Those that are not there are looked for each time: masks that are imported many
    /// at once wake no task grain.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task OpenAsync()
    {
        bool wasThere = Summary is not null;
        if (!wasThere) _task.Release();
        TaskSummary? summary = (await _task.ReadAsync()).Summary;
        if (!wasThere && summary is not null)
        {
            // What was known of its mask is that there was none.
            _mask.Release();
            _next = null;
        }

        if (summary is null || summary.Task == _index) return;
        throw new SupSupException(
            SupSupError.Damaged,
            $"the stored record of task {_key} is that of a task {summary.Task}; restore its own from a backup, or delete it and give the "
                + "task its order again");
    }

    /// <summary>Reads, besides, what training must know: whether the mask is there, and if not, how far it had come.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task OpenForTrainingAsync()
    {
        if (Summary is null) await _mask.ReadAsync(); // before the metadata: a mask that an import stores after this is not written over
        await OpenAsync();
        _maskIsMissing = Summary is { Bytes: > 0 } now && await MaskAsync(now) is null; // of none it is in the reservoir
        await _checkpoint.ReadAsync();

        // Where a new mask will be stored: seen before it is trained, so that one which another activation stores meanwhile is not
        // written over.
        int next = (Summary?.Version ?? -1) + 1;
        if (next > 0 && _next?.StoredAs != next) _next = (next, _open(next));
        await Record(next).ReadAsync();
    }

    /// <summary>The durable packed mask of a version, or null.</summary>
    /// <param name="version">The version.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task<PackedMaskBlob?> MaskAsync(TaskSummary version)
    {
        if (version.StoredAs == Summary?.StoredAs && _recent.TryGetTarget(out PackedMaskBlob? recent)) return recent;
        GrainRecord<MaskState> record = Record(version.StoredAs);
        PackedMaskBlob? mask = (await record.ReadAsync()).Mask;
        if (mask is not null) MaskArchive.Checked(mask, _key, _index, version: 0);
        record.Release();
        if (version.StoredAs == Summary?.StoredAs) _recent.SetTarget(mask);
        return mask;
    }

    /// <summary>Makes a mask durable: under the version that the metadata already name where it is the same
    /// mask and is not to take the place of that, else under a new one.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task StoreAsync(
        int index,
        TrainingOrder order,
        ModelNetwork network,
        TrainedMask trained,
        DateTimeOffset now,
        TaskDetails details,
        LossCurve? curve = null)
    {
        await _task.ReadAsync(); // not anew: what was stored since the training began is met by the ETags
        byte[] file = _versions.Write(network, trained.Mask);
        string checksum = MaskFile.Checksum(file);
        bool replaces = order.Replaces is { } replaced && replaced == Summary?.Version;
        if (Summary is { } other && other.Checksum != checksum && !replaces && !_maskIsMissing)
            throw new SupSupException(
                SupSupError.Conflict,
                $"task {_key} was given another mask meanwhile, which never changes; learn or import this one under another index");
        int version = Summary is not { } known ? 1 : known.Checksum == checksum && !replaces ? known.Version : known.Version + 1;
        TaskSummary summary = Describe(index, order, file, trained, now, details) with
        {
            Version = version,
            StoredAs = replaces ? version : Summary?.StoredAs ?? 0,
        };
        MaskState mask = new() { Mask = new PackedMaskBlob { Task = index, Version = version, File = file } };
        GrainRecord<MaskState> record = Record(summary.StoredAs);
        await record.WriteAsync(mask);
        record.Release();
        if (replaces) await ReplaceAsync(summary, curve?.Points() ?? []);
        else await StoreAsync(summary, curve);
        _recent.SetTarget(mask.Mask);
    }

    /// <summary>What is known of a task when it is first learned.</summary>
    /// <param name="index">Task index.</param>
    /// <param name="order">What it was trained on.</param>
    /// <param name="file">Its packed mask.</param>
    /// <param name="trained">How it was trained.</param>
    /// <param name="now">When.</param>
    /// <param name="details">What is known of the data.</param>
    public static TaskSummary Describe(
        int index, TrainingOrder order, byte[] file, TrainedMask trained, DateTimeOffset now, TaskDetails details) =>
        new()
        {
            Task = index,
            Version = 1,
            Order = order,
            Bytes = file.Length,
            Checksum = MaskFile.Checksum(file),
            Loss = trained.Loss,
            TrainSeconds = trained.Duration.TotalSeconds,
            TrainedAt = now,
            Normalization = details.Normalization,
            UsualEvidence = trained.UsualEvidence?.Mean,
            EvidenceSpread = WireEvidence.ToWire(trained.UsualEvidence),
            Classes = details.Classes,
            Names = details.Names,
            DataChecksum = details.DataChecksum,
        };

    /// <summary>Has the mask of an earlier version in force again, under a new version.</summary>
    /// <param name="version">The version.</param>
    /// <exception cref="SupSupException">NotFound: it is not kept. Damaged or Unavailable.</exception>
    public async Task RollBackAsync(TaskVersion version)
    {
        TaskSummary earlier = version.Summary;
        PackedMaskBlob mask = await MaskAsync(earlier) ?? throw new SupSupException(
            SupSupError.Damaged, $"the mask of version {earlier.Version} is missing from the store; restore it from a backup");
        int storedAs = earlier.StoredAs;
        if (storedAs == 0)
        {
            // The task's own record says an earlier version than the task will have.
            storedAs = mask.Version;
            await Record(storedAs).WriteAsync(new MaskState { Mask = mask });
        }

        await ReplaceAsync(earlier with { Version = Summary!.Version + 1, StoredAs = storedAs }, _task.Value.EarlierCurve);
    }

    /// <summary>Makes a task durable whose mask is.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task StoreAsync(TaskSummary summary, LossCurve? curve)
    {
        await _task.ReadAsync();
        using IDisposable turn = await _changing.EnterAsync();
        if (Summary is { } before) summary = summary.Named(before);
        TaskState next = _task.Value.With(summary);
        next.Curve = curve?.Points() ?? [];
        await _task.WriteAsync(next);
        _maskIsMissing = false;
    }

    /// <summary>Makes another name of the task durable, if it is learned.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task RenameAsync(string name)
    {
        using IDisposable turn = await _changing.EnterAsync();
        if (Summary is { } known && known.Names?.Task != name) await _task.WriteAsync(_task.Value.With(known.Renamed(name)));
    }

    /// <summary>Makes a checkpoint durable.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task SaveAsync(CheckpointState state) => _checkpoint.WriteAsync(state);

    /// <summary>Deletes all records. What is damaged cannot be deleted, and stays where no one looks for it.</summary>
    /// <exception cref="SupSupException">Unavailable.</exception>
    public async Task DeleteAsync()
    {
        // An import may have stored what was not there when it was last looked at.
        _task.Release();
        _mask.Release();
        _checkpoint.Release();

        // The last may have been written without being named yet. Of a task that was never replaced there is nothing below it.
        int last = 0;
        await DeleteAsync(async () => last = ((await _task.ReadAsync()).Summary?.Version ?? 0) + 1);
        for (int version = last; version > (last > 2 ? 0 : 1); version--) await DeleteAsync(_open(version).ClearAsync);
        await DeleteAsync(_task.ClearAsync);
        await DeleteAsync(_mask.ClearAsync);
        await DeleteAsync(_checkpoint.ClearAsync);
        _recent.SetTarget(null);
        _maskIsMissing = false;
    }

    private static async Task DeleteAsync(Func<Task> clear)
    {
        try
        {
            await clear();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
        }
    }

    /// <summary>Enters the trained task in the directory. A crash may have come between the mask and what
    /// follows it: repeating that is harmless.</summary>
    /// <exception cref="SupSupException">Conflict: the directory knows another mask. Damaged or Unavailable.</exception>
    public async Task AcknowledgeAsync(ICoordinatorGrain coordinator)
    {
        await coordinator.RegisterTaskAsync(Summary!, CancellationToken.None);

        // What is on its way to take this one's place is gone on with.
        if ((await _checkpoint.ReadAsync()).Order?.Replaces != Summary!.Version) await ClearCheckpointAsync();
        await DropAsync();
    }

    /// <summary>Forgets the checkpoint.</summary>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public Task ClearCheckpointAsync() => _checkpoint.ClearAsync();

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    private static TaskVersion Version(TaskSummary summary, DateTimeOffset? until) => new()
    {
        Summary = summary,
        Until = until,
        RolledBackTo = summary.StoredAs > 0 && summary.StoredAs < summary.Version ? summary.StoredAs : null,
    };

    private GrainRecord<MaskState> Record(int storedAs) =>
        storedAs == 0 ? _mask : _next is { } next && next.StoredAs == storedAs ? next.Record : _open(storedAs);

    // From this write on the other mask is in force, and the one before it is what can be gone back to.
    private async Task ReplaceAsync(TaskSummary summary, ImmutableArray<LossPoint> curve)
    {
        TaskSummary? dropped;
        using (await _changing.EnterAsync())
        {
            (TaskSummary before, dropped) = (Summary!, _task.Value.Earlier);
            await _task.WriteAsync(new TaskState
            {
                Summary = summary.Named(before),
                Curve = curve,
                Earlier = before,
                EarlierCurve = Curve,
                EarlierUntil = _time.GetUtcNow() + _keptFor,
            });
            _recent.SetTarget(null);
        }

        if (dropped is not { StoredAs: > 0 } gone || gone.StoredAs == summary.StoredAs) return;
        try
        {
            await Record(gone.StoredAs).ClearAsync();
        }
        catch (SupSupException)
        {
            // No one refers to it any more; it goes with the task. What is in force is stored.
        }
    }

    // Deletes what is kept no longer. Only once the directory has what is in force: until then others may read what it had.
    private async Task DropAsync()
    {
        using IDisposable turn = await _changing.EnterAsync();
        try
        {
            if (_task.Value is { Earlier: { } earlier, EarlierUntil: var until } && until <= _time.GetUtcNow())
            {
                if (earlier.StoredAs > 0) await Record(earlier.StoredAs).ClearAsync();
                await _task.WriteAsync(new TaskState { Summary = Summary, Curve = Curve });
            }

            if (Summary is { StoredAs: > 0 } && _task.Value.Earlier?.StoredAs != 0) await _mask.ClearAsync();
        }
        catch (SupSupException)
        {
            // It is tried again when the task is next asked about; what is in force does not wait for it.
        }
    }
}
