using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Runtime.Placement;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Grains.Compute;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Storage;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Shards;

/// <summary>
/// A bank of masks in memory. Reentrant: passes run on the silo's inference threads over snapshots of the bank, while
/// masks are gathered into it and replaced.
/// </summary>
[GrainType("shard"), Reentrant, SpreadPlacement]
public sealed class ShardGrain : Grain, IShardGrain, IGrainMigrationParticipant, IDisposable
{
    private const string Assignment = "supsup.assignment";

    private readonly InferenceCompute _compute;
    private readonly ShardMoves _moves;
    private readonly IGrainContext _context;
    private readonly int _index;
    private readonly ShardMasks _masks;
    private readonly ShardScans _scans;
    private readonly ShardRuns _runs;
    private readonly string _model;
    private SiloAddress? _target;
    private ShardAssignment? _brought;

    /// <summary>Created by Orleans.</summary>
    public ShardGrain(
        IGrainContext context,
        NetworkCatalog networks,
        PreparedFactors prepared,
        InferenceCompute compute,
        ShardMoves moves,
        PassedMemory memory,
        MaskArchive archive,
        OpenNetworks opened,
        IOptions<ComputeOptions> options,
        TimeProvider time,
        MaskMetrics metrics,
        SupSupTelemetry telemetry,
        ILogger<ShardGrain> logger)
    {
        (_context, _compute, _moves) = (context, compute, moves);
        (_model, _index) = GrainKeys.Split(context.GrainId.Key.ToString()!);
        _masks = new ShardMasks(
            _model, _index, networks, archive, opened, options.Value.MaskFetches, compute, moves, memory, metrics, telemetry, time,
            logger);
        _scans = new ShardScans(prepared, compute, memory);
        _runs = new ShardRuns(compute, opened);
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Silos come and go; otherwise the last silo of a rolling restart would hold no shards.
        this.RegisterGrainTimer(
            _ =>
            {
                SiloAddress target = _moves.Target(_context.GrainId);
                if (target.Equals(_target) && !target.Equals(_context.Address.SiloAddress)) MigrateOnIdle();
                _target = target;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(ShardMoves.Interval, ShardMoves.Interval) { Interleave = true });
        _moves.Arrived(_model, _index, this);
        if (ShardCopies.FirstOf(_index) is not null)
            this.RegisterGrainTimer(
                _ =>
                {
                    MoveApart();
                    return Task.CompletedTask;
                },
                new GrainTimerCreationOptions(ShardMoves.ApartInterval, ShardMoves.ApartInterval) { Interleave = true });
        if (_brought is { } brought)
            this.RegisterGrainTimer(
                _ => ReadBroughtAsync(brought),
                new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _moves.Left(_model, _index, this);

        // The silo that knew where it is has died: it is asked again at once, and the masks are as good as they were.
        if (reason.ReasonCode == DeactivationReasonCode.DirectoryFailure && _masks.Leave() is { } content)
            _moves.Keep(_model, _index, content);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        ArgumentNullException.ThrowIfNull(dehydrationContext);
        if (_masks.Content is not { } content) return;
        dehydrationContext.TryAddValue(
            Assignment, new ShardAssignment { Spec = content.Network.Spec, Revision = content.Revision, Slots = content.Slots });
    }

    /// <inheritdoc/>
    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        ArgumentNullException.ThrowIfNull(rehydrationContext);
        if (rehydrationContext.TryGetValue(Assignment, out ShardAssignment? brought)) _brought = brought;
    }

    /// <inheritdoc/>
    public Task AssignAsync(ShardAssignment assignment, CancellationToken cancellationToken)
    {
        if (_masks.Content is not { } content
            || TaskDirectory.IncarnationOf(content.Revision) >= TaskDirectory.IncarnationOf(assignment.Revision))
            return _masks.AssignAsync(assignment, cancellationToken);

        // All that is here is of a model that was deleted. Who asks again finds a shard that knows nothing.
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<ShardCounts> CountAsync(ShardScope scope, CancellationToken cancellationToken)
    {
        if (await _masks.GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } view)
            return new ShardCounts { IsBehind = true };
        ImmutableArray<int> there = view.Failures.IsEmpty ? scope.Slots : [.. scope.Slots.Where(view.Bank.Contains)];
        return await _compute.RunAsync(
            () =>
            {
                MaskCounts counts = view.Bank.Superimpose(there);
                return new ShardCounts
                {
                    Tasks = counts.Tasks,
                    Layers = [.. counts.Shape.Layers.Select((_, l) => counts.Layer(l).ToArray())],
                    Failures = view.Failures,
                };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ShardScores> ScanAsync(
        ShardScope scope, FactorBatch factors, int depth, int best, CancellationToken cancellationToken)
    {
        if (await _masks.GatherAsync(scope.Revision, scope.Slots, cancellationToken) is not { } view)
            return new ShardScores { IsBehind = true };
        view.Demand();
        if (!factors.Products.IsEmpty) return await _scans.ScoreAsync(view, scope, factors, best, cancellationToken);
        return await _scans.ScanAsync(view, scope, factors, (ScanDepth)depth, best, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ShardScores?> RefineAsync(ShardRefinement refinement, CancellationToken cancellationToken) =>
        _scans.RefineAsync(refinement, cancellationToken);

    /// <inheritdoc/>
    public async Task<TaskPredictions?> RunAsync(long revision, FinalistBatch finalists, CancellationToken cancellationToken)
    {
        if (await _masks.GatherAsync(revision, [.. finalists.Slots.Distinct()], cancellationToken) is not { } view) return null;
        view.Demand();
        return await _runs.RunAsync(view, finalists, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ShardHealth?> ShowAsync(long revision, CancellationToken cancellationToken) => Task.FromResult(
        _masks.Content is { } content && content.Revision >= revision ? Health(content, _masks.Failures) : null);

    /// <inheritdoc/>
    public async Task<ShardHealth?> CheckHealthAsync(long revision, CancellationToken cancellationToken)
    {
        if (_masks.Content is not { } content || content.Revision < revision) return null;
        ShardView view = (await _masks.GatherAsync(revision, Filled(content.Slots), cancellationToken))!;
        return Health(view.Content, view.Failures);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _masks.Dispose();
        _scans.Dispose();
        _runs.Dispose();
    }

    private static ImmutableArray<int> Filled(ImmutableArray<ShardSlot> slots) =>
        [.. Enumerable.Range(0, slots.Length).Where(slot => !slots[slot].IsEmpty)];

    // A shard that moves takes along what it is to hold, and reads it before it is asked.
    private async Task ReadBroughtAsync(ShardAssignment brought)
    {
        _brought = null;
        await _masks.AssignAsync(brought, CancellationToken.None);
        try
        {
            await _masks.GatherAsync(brought.Revision, Filled(brought.Slots), CancellationToken.None);
        }
        catch (SupSupException)
        {
            // The model, or a task, is gone since: who asks hears of it.
        }
    }

    // Where the first copy came here, as from a silo that died, both would be lost with this one.
    private void MoveApart()
    {
        if (_moves.Apart(_model, _index, _context.GrainId) is not { } elsewhere) return;
        _context.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = elsewhere });
    }

    private ShardHealth Health(ShardContent content, ImmutableArray<MaskFailure> failures) => new()
    {
        Shard = _index,
        Silo = _context.Address.SiloAddress?.ToString() ?? "",
        Tasks = content.Count,
        Held = content.Bank.Held.Count,
        MemoryBytes = content.Bank.MemoryBytes,
        Failures = failures,
    };
}
