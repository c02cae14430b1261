using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.TaskInference;
using SupSup.Grains.Compute;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Inference;

/// <summary>
/// A replica's copies of the model's directory and of the superposition of its masks, brought up to date when they are
/// asked for: by single masks where few are new, by the shards' counts where many are. Used in grain turns.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="network">Its network.</param>
/// <param name="compute">Where weights are made.</param>
/// <param name="archive">Reads new masks.</param>
/// <param name="time">For how long masks that could not be read are left out.</param>
/// <param name="grains">Finds the coordinator.</param>
/// <param name="shards">The model's shards.</param>
/// <param name="isAlone">Whether this silo is the only one, so that no answer is lost with another.</param>
internal sealed class SuperpositionViews(
    string model, ModelNetwork network, InferenceCompute compute, MaskArchive archive, TimeProvider time, IGrainFactory grains,
    ShardCalls shards, Func<bool> isAlone) : IDisposable
{
    private const int MasksReadSingly = 16;
    private const int MostRestricted = 8;

    // How long masks that could not be read are left out before they are tried again.
    private static readonly TimeSpan LeftOutFor = TimeSpan.FromSeconds(5);

    // How long after the coordinator last answered what is known counts while it does not.
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);

    private readonly ICoordinatorGrain _coordinator = grains.Coordinator(model);
    private readonly Patience _patience = new(TimeSpan.FromMilliseconds(600), time);

    // Not disposed: passes may still wait for it when the grain ends.
    private readonly SemaphoreSlim _building = new(1);
    private TaskDirectory? _directory;
    private long _confirmed;
    private Task _unanswered = Task.CompletedTask;
    private MaskCounts? _counts;
    private SuperpositionView? _whole;

    // The one that was asked for last comes first: callers that may ask of some tasks only each have their own.
    private readonly LinkedList<(ImmutableArray<int> Positions, SuperpositionView View)> _restricted = [];

    /// <summary>Number of tasks, as far as this replica knows.</summary>
    public int Tasks => _directory?.Count ?? 0;

    private bool IsRecent => time.GetElapsedTime(_confirmed) < KnownFor;

    /// <summary>The view of all tasks that was made last, held for the caller; null before the first. It may be out of date.</summary>
    public SuperpositionView? HoldKnown() => _whole?.Hold();

    /// <summary>
    /// The directory as the coordinator has it now. Where the coordinator is late, as while its silo is lost, what is known is taken,
    /// which may lack what was acknowledged since it answered last; for a minute at most, and not where a task is wanted that is not
    /// known.
    /// </summary>
    /// <param name="wanted">Tasks that must be there; empty for any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: there is no such model. Unavailable: the coordinator does not answer.</exception>
    public async Task<TaskDirectory> CatchUpAsync(IEnumerable<int> wanted, CancellationToken cancellationToken)
    {
        TaskDirectory? known = _directory;
        bool mayBeLate = known is { Count: > 0 } && !isAlone() && IsRecent && wanted.All(task => known.Find(task) is not null);
        if (mayBeLate && !_unanswered.IsCompleted) return known!;
        Task<DirectoryChanges?> asked = LostAnswers.RepeatAsync(
            $"the coordinator of model '{model}'", () => _coordinator.GetChangesAsync(known?.Revision ?? -1, CancellationToken.None), time,
            CancellationToken.None);
        if (mayBeLate && !await _patience.IsInTimeAsync(asked, cancellationToken))
        {
            _unanswered = ApplyLateAsync(known, asked);
            return _directory!;
        }

        return Apply(known, await asked.WaitAsync(cancellationToken));
    }

    /// <summary>The superposition of all tasks, or of the candidates that are asked for; held for the caller.</summary>
    /// <exception cref="SupSupException">NotFound, InvalidRequest: there is no task, or no such. Damaged: no mask can be read.</exception>
    public async Task<SuperpositionView> HoldAsync(TaskDirectory directory, InferenceOptions options, CancellationToken cancellationToken)
    {
        if (directory.Count == 0)
            throw new SupSupException(SupSupError.NotFound, $"model '{model}' has learned no task yet; train one first");
        using IDisposable turn = await _building.EnterAsync(cancellationToken);
        return options.Candidates.IsDefault ? await WholeAsync(directory) : await RestrictedAsync(
            directory, Positions(directory, options.Candidates));
    }

    /// <summary>Counts again at the next pass: a view has a mask that is lost.</summary>
    public void Forget(SuperpositionView view)
    {
        if (_whole != view) return;
        _counts = null;
        _whole = null;
        view.Release();
    }

    /// <summary>Frees native memory once the passes under way have ended.</summary>
    public void Dispose()
    {
        if (_whole is { } whole) Forget(whole);
        foreach ((_, SuperpositionView view) in _restricted) view.Release();
        _restricted.Clear();
    }

    // The changes are those since what was asked about; other answers may have come meanwhile.
    private TaskDirectory Apply(TaskDirectory? known, DirectoryChanges? changes)
    {
        _confirmed = time.GetTimestamp();
        if (changes is null) return known!;
        if (changes.Spec is { } spec && spec != network.Spec) throw new ModelReplacedException();
        TaskDirectory before = changes.Whole ? TaskDirectory.Of(TaskDirectory.IncarnationOf(changes.Revision)) : known!;
        TaskDirectory next = before.With(changes.Changes);
        if (_directory == known || next.Revision > _directory!.Revision) _directory = next;
        return next;
    }

    private async Task ApplyLateAsync(TaskDirectory? known, Task<DirectoryChanges?> asked)
    {
        try
        {
            Apply(known, await asked);
        }
        catch (Exception e) when (e is SupSupException or ModelReplacedException || LostAnswers.Includes(e))
        {
            // The next question meets it, and somebody hears of it.
        }
    }

    private ImmutableArray<int> Positions(TaskDirectory directory, ImmutableArray<int> candidates)
    {
        if (candidates.IsEmpty)
            throw new SupSupException(SupSupError.InvalidRequest, "the list of candidate tasks is empty; leave it out to mean every task");
        return
        [
            .. candidates.Select(task => directory.Find(task)
                ?? throw new SupSupException(
                    SupSupError.NotFound, $"candidate task {task} of model '{model}' is not learned; train it first")).Order().Distinct(),
        ];
    }

    private async Task<SuperpositionView> WholeAsync(TaskDirectory directory)
    {
        if (_whole is { } stale && stale.LeftOut.Length > 0 && time.GetElapsedTime(stale.Since) > LeftOutFor) Forget(stale);
        if (_whole is { } former && former.Directory.Incarnation < directory.Incarnation) Forget(former);
        SuperpositionView? whole = _whole;
        if (whole is not null && whole.Directory.Revision >= directory.Revision) return whole.Hold();

        // A few tasks that are new or removed cost one mask each. Many, as after a start, are counted by the shards; so are
        // replaced ones.
        int before = whole?.Directory.Positions ?? 0;
        bool onlyAdded = whole is not null && directory.Count - whole.Directory.Count == directory.Positions - before;
        int[] removed = whole is null || onlyAdded ? [] : [.. whole.Directory.RemovedIn(directory)];
        bool isSmall = whole is not null && directory.Positions - before + removed.Length <= MasksReadSingly
            && (removed.Length == 0 || whole.LeftOut.IsEmpty)
            && directory.Revision - whole.Directory.Revision == removed.Length + Enumerable.Range(before, directory.Positions - before)
                .Sum(position => (long)directory[position].Changes);
        (MaskCounts, ImmutableArray<MaskFailure>)? added = isSmall ? await ChangeAsync(whole!.Directory, directory, removed) : null;
        (MaskCounts counts, ImmutableArray<MaskFailure> failures) = added ?? await RecountAsync(directory);
        ImmutableArray<int> leftOut =
            [.. (added is null ? [] : whole!.LeftOut), .. failures.Select(failure => directory.Find(failure.Task)!.Value).Order()];
        if (leftOut.Length == directory.Count)
            throw new SupSupException(SupSupError.Damaged, $"no mask of model '{model}' can be read: {failures[0].Message}");
        SuperpositionView view = await SuperimposeAsync(
            directory, directory.PartsWithout(leftOut), directory.Count - leftOut.Length, counts, leftOut);

        // Unless it was forgotten meanwhile.
        if (_whole == whole) whole?.Release();
        (_counts, _whole) = (counts, view);
        return view.Hold();
    }

    private async Task<SuperpositionView> RestrictedAsync(TaskDirectory directory, ImmutableArray<int> positions)
    {
        if (Kept(directory, positions) is { } kept) return kept.Hold();
        ImmutableArray<ShardPart> parts = directory.PartsOf(positions);
        (MaskCounts counts, ImmutableArray<MaskFailure> failures) = await CountAsync(directory, parts);
        if (!failures.IsEmpty)
            throw new SupSupException(SupSupError.Damaged, string.Join("; ", failures.Select(failure => failure.Message)));
        SuperpositionView view = await SuperimposeAsync(directory, parts, positions.Length, counts, []);
        _restricted.AddFirst((positions, view));
        if (_restricted.Count > MostRestricted)
        {
            _restricted.Last!.Value.View.Release();
            _restricted.RemoveLast();
        }

        return view.Hold();
    }

    // The view among positions, unless one of their masks is another by now.
    private SuperpositionView? Kept(TaskDirectory directory, ImmutableArray<int> positions)
    {
        for (LinkedListNode<(ImmutableArray<int> Positions, SuperpositionView View)>? node = _restricted.First; node is not null;
            node = node.Next)
        {
            (ImmutableArray<int> others, SuperpositionView view) = node.Value;
            if (!others.AsSpan().SequenceEqual(positions.AsSpan())) continue;
            _restricted.Remove(node);
            if (view.Directory.Incarnation == directory.Incarnation
                && positions.All(position => view.Directory[position].Version == directory[position].Version))
            {
                _restricted.AddFirst(node);
                return view;
            }

            view.Release();
            return null;
        }

        return null;
    }

    private Task<SuperpositionView> SuperimposeAsync(
        TaskDirectory directory, ImmutableArray<ShardPart> parts, int tasks, MaskCounts counts, ImmutableArray<int> leftOut) =>
        compute.RunAsync(
            () => network.Network.Plan.IsDense
                ? new SuperpositionView(
                    directory, parts, tasks, EffectiveNetwork.Of(network.Network, counts), null, leftOut, time.GetTimestamp())
                : new SuperpositionView(
                    directory, parts, tasks, null, SuperimposedGradient.Weights(network.Network, counts), leftOut, time.GetTimestamp()),
            CancellationToken.None);

    // All masks are read before the first is counted, so that a failure leaves the counts as they were; from then on they
    // are nobody's until the view that goes with them is there. Null where the view was forgotten meanwhile.
    private async Task<(MaskCounts Counts, ImmutableArray<MaskFailure> Failures)?> ChangeAsync(
        TaskDirectory before, TaskDirectory directory, int[] removed)
    {
        if (await CountRemovedAsync(before, removed) is not { } gone) return null;
        ReadMask[] read = await Task.WhenAll(Enumerable.Range(before.Positions, directory.Positions - before.Positions)
            .Where(position => !directory[position].IsEmpty).Select(position => archive.TryReadAsync(network, model, directory[position])));
        if (_counts is not { } counts) return null;
        _counts = null;
        foreach (ShardCounts some in gone) counts.Remove(some.Tasks, some.Layers);
        foreach (ReadMask mask in read)
            if (mask.Mask is not null) counts.Add(mask.Mask);
        return (counts, [.. read.Where(mask => mask.Failure is not null).Select(mask => mask.Failure!)]);
    }

    // Their records are gone; shards that were not told of the new directory still hold the masks. Null where one was.
    private async Task<ShardCounts[]?> CountRemovedAsync(TaskDirectory before, int[] removed)
    {
        ShardCounts[] counts = await Task.WhenAll(before.PartsOf(removed).Select(async part =>
        {
            try
            {
                return await shards.AskOnceAsync<ShardCounts>(
                    part.Shard, 0, async (shard, end) => await shard.CountAsync(part.Scope, end), CancellationToken.None)
                    ?? new ShardCounts { IsBehind = true };
            }
            catch (SupSupException e) when (e.Error == SupSupError.NotFound)
            {
                return new ShardCounts { IsBehind = true };
            }
        }));
        return counts.Any(some => some.IsBehind || !some.Failures.IsEmpty) ? null : counts;
    }

    private Task<(MaskCounts Counts, ImmutableArray<MaskFailure> Failures)> RecountAsync(TaskDirectory directory)
    {
        if (_whole is { } whole) Forget(whole);
        return CountAsync(directory, directory.Parts);
    }

    private async Task<(MaskCounts Counts, ImmutableArray<MaskFailure> Failures)> CountAsync(
        TaskDirectory directory, ImmutableArray<ShardPart> parts)
    {
        const int AtOnce = 8;
        MaskCounts counts = new(network.Network.Shape);
        List<MaskFailure> failures = [];

        // Shards gather their masks meanwhile; their counts are some MB each, so not all are asked at once.
        foreach (ShardPart[] some in parts.Chunk(AtOnce))
        {
            foreach ((ShardCounts answer, _) in await Task.WhenAll(some.Select(part => shards.AskAsync(
                directory, part.Shard, (shard, end) => shard.CountAsync(part.Scope, end), counted => counted.IsBehind,
                CancellationToken.None, reads: true))))
            {
                counts.Add(answer.Tasks, answer.Layers);
                failures.AddRange(answer.Failures);
            }
        }

        return (counts, [.. failures]);
    }
}
