using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SupSup.Core.Banks;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Shards;

/// <summary>
/// The masks of a shard: those that its assignment names, gathered from the store when a call needs them. Used in grain
/// turns; masks are put into the bank on the silo's inference threads.
/// </summary>
/// <param name="model">The model's name.</param>
/// <param name="shard">The shard's index.</param>
/// <param name="networks">Opens the model's network.</param>
/// <param name="archive">Reads masks.</param>
/// <param name="opened">Networks of masks that are kept open.</param>
/// <param name="fetches">Masks that are read at once.</param>
/// <param name="compute">Where masks are put into the bank.</param>
/// <param name="moves">Keeps masks from one activation to the next.</param>
/// <param name="memory">Gives back what masks passed through.</param>
/// <param name="metrics">The silo's measures of masks.</param>
/// <param name="telemetry">The silo's traces.</param>
/// <param name="time">For how long masks that could not be read are left alone.</param>
/// <param name="logger">Hears of masks that cannot be read.</param>
internal sealed partial class ShardMasks(
    string model, int shard, NetworkCatalog networks, MaskArchive archive, OpenNetworks opened, int fetches,
    InferenceCompute compute, ShardMoves moves, PassedMemory memory, MaskMetrics metrics, SupSupTelemetry telemetry, TimeProvider time,
    ILogger logger) : IDisposable
{
    // Masks gathered at once from which it is worth to give back the memory that they passed through.
    private const int ManyMasks = 256;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _assigning = new(1);

    // By slot, the masks that could not be read, and when that was tried.
    private readonly Dictionary<int, (MaskFailure Failure, long When)> _failures = [];

    /// <summary>What the latest assignment asks for; null before the first.</summary>
    public ShardContent? Content { get; private set; }

    /// <summary>The masks that could not be read when that was tried last.</summary>
    public ImmutableArray<MaskFailure> Failures => [.. _failures.OrderBy(pair => pair.Key).Select(pair => pair.Value.Failure)];

    /// <summary>Takes an assignment, unless it is older than the one in force. Masks that it does not name any more are dropped.</summary>
    public async Task AssignAsync(ShardAssignment assignment, CancellationToken cancellationToken)
    {
        using IDisposable turn = await _assigning.EnterAsync(cancellationToken);
        Content ??= Kept(assignment);
        if (Content is { } content && content.Revision >= assignment.Revision) return;
        ModelNetwork network = networks.Open(assignment.Spec);
        IMaskBank bank = Content?.Bank ?? IMaskBank.Of(network.Network);
        metrics.Add(bank, model);
        for (int slot = 0; slot < (Content?.Slots.Length ?? 0); slot++)
        {
            if (slot < assignment.Slots.Length && IsSameMask(assignment.Slots[slot], Content!.Slots[slot])) continue;
            Close(bank, slot);
            bank.Remove(slot);
        }

        Content = new ShardContent(network, assignment.Revision, assignment.Slots, bank);
        _failures.Clear();
    }

    /// <summary>Gives the masks up to whoever takes them next; null where there are none, or some are still being read.</summary>
    public ShardContent? Leave()
    {
        if (Content is not { } content || _assigning.CurrentCount == 0) return null;
        metrics.Remove(content.Bank);
        Content = null;
        return content;
    }

    // What an activation before this one has left here, if it is of the same model.
    private ShardContent? Kept(ShardAssignment assignment)
    {
        if (moves.Take(model, shard) is not { } kept) return null;
        if (kept.Network.Network.Hash != networks.Open(assignment.Spec).Network.Hash
            || TaskDirectory.IncarnationOf(kept.Revision) != TaskDirectory.IncarnationOf(assignment.Revision))
        {
            for (int slot = 0; slot < kept.Slots.Length; slot++) Close(kept.Bank, slot);
            return null;
        }

        metrics.Add(kept.Bank, model);
        return kept;
    }

    // What else is told of a mask may differ: a replica of an earlier build tells less.
    private static bool IsSameMask(ShardSlot one, ShardSlot other) => (one.Task, one.Version) == (other.Task, other.Version);

    /// <summary>
    /// What a call about these slots works on, or null where the shard is behind. Masks that cannot be read are named in
    /// it; they are tried again by calls that come some seconds later.
    /// </summary>
    public async Task<ShardView?> GatherAsync(long revision, ImmutableArray<int> slots, CancellationToken cancellationToken)
    {
        if (Content is not { } content || content.Revision < revision) return null;
        if (TaskDirectory.IncarnationOf(content.Revision) != TaskDirectory.IncarnationOf(revision))
            throw new SupSupException(SupSupError.NotFound, $"model '{model}' was made anew while it was asked; ask again");
        IBankSnapshot bank = content.Bank.Held;
        if ((bank.Count == content.Slots.Length && content.Count == bank.Count) || slots.All(bank.Contains))
            return new ShardView(content, bank, []);
        using IDisposable turn = await _assigning.EnterAsync(cancellationToken);
        content = Content!;
        if (slots.Any(slot => content.Slots[slot].IsEmpty))
            throw new SupSupException(SupSupError.NotFound, $"a task of model '{model}' was removed while it was asked for; ask again");
        await ReadAsync(content, [.. slots.Where(slot => !content.Bank.Held.Contains(slot) && !FailedLately(slot))]);
        bank = content.Bank.Held;
        return new ShardView(content, bank, [.. slots.Where(slot => !bank.Contains(slot)).Select(slot => _failures[slot].Failure)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _assigning.Dispose();
        if (Content is not { } content) return;
        metrics.Remove(content.Bank);
        for (int slot = 0; slot < content.Slots.Length; slot++) Close(content.Bank, slot);
    }

    private void Close(IMaskBank bank, int slot)
    {
        if (bank is PlainBank && bank.Held.Contains(slot)) opened.Forget(bank.Held[slot]);
    }

    // Bounded, so that a rebuilt shard does not ask the store for a thousand masks at once; and not ended by one
    // caller's cancellation, since what is gathered serves every later call.
    private async Task ReadAsync(ShardContent content, int[] missing)
    {
        using Activity? activity = missing.Length == 0 ? null : telemetry.Activities.StartActivity(SupSupTelemetry.ShardRebuild);
        activity?.SetTag("supsup.model", model).SetTag("supsup.shard", shard).SetTag("supsup.masks", missing.Length);
        int[][] chunks = [.. missing.Chunk(fetches)];
        Task<ReadMask[]> reading = ReadChunkAsync(content, chunks, 0);
        for (int n = 0; n < chunks.Length; n++)
        {
            // The store reads the next while these are put into the bank.
            (int[] some, ReadMask[] masks) = (chunks[n], await reading);
            reading = ReadChunkAsync(content, chunks, n + 1);
            foreach ((int slot, ReadMask mask) in some.Zip(masks)) Note(slot, mask.Failure);
            KeyValuePair<int, TaskMask>[] found =
            [
                .. some.Zip(masks, (slot, read) => KeyValuePair.Create(slot, read.Mask!)).Where(read => read.Value is not null),
            ];
            await ComputeAsync(() => content.Bank.Put(found));
        }

        if (missing.Length >= ManyMasks) memory.Note();
    }

    private Task<ReadMask[]> ReadChunkAsync(ShardContent content, int[][] chunks, int n) => Task.WhenAll(
        n < chunks.Length ? chunks[n].Select(slot => archive.TryReadAsync(content.Network, model, content.Slots[slot])) : []);

    private bool FailedLately(int slot) =>
        _failures.TryGetValue(slot, out (MaskFailure, long When) failed) && time.GetElapsedTime(failed.When) < TryAgainAfter;

    private void Note(int slot, MaskFailure? failure)
    {
        if (failure is null)
        {
            _failures.Remove(slot);
            return;
        }

        if (!_failures.ContainsKey(slot)) LogFailure(model, shard, failure.Message);
        _failures[slot] = (failure, time.GetTimestamp());
    }

    private Task ComputeAsync(Action work) => compute.ForAsync(1, 1, (_, _) => work(), CancellationToken.None);

    [LoggerMessage(Level = LogLevel.Error, Message = "Shard {Model}/{Shard} leaves a task out: {Reason}")]
    private partial void LogFailure(string model, int shard, string reason);
}
