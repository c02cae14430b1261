using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Reservoirs;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Reservoirs;

/// <summary>
/// The reservoir of a model. Reentrant: recoveries run on the silo's inference threads, side by side and beside a mask being stored, each
/// over the content as it was when it came.
/// </summary>
#pragma warning disable CA1001 // Semaphores without wait handles hold nothing; callers may still wait when the grain ends.
[GrainType("reservoir"), Reentrant]
public sealed class ReservoirGrain : Grain, IReservoirGrain
{
    private readonly string _name;
    private readonly ReservoirStore _store;
    private readonly NetworkCatalog _networks;
    private readonly InferenceCompute _compute;
    private readonly ComputeOptions _options;
    private readonly string _silo;
    private readonly SemaphoreSlim _changing = new(1);
    private ModelNetwork? _network;
    private Task<ReservoirContent>? _content;
    private int _waitingRows;

    /// <summary>Created by Orleans.</summary>
    public ReservoirGrain(
        IGrainContext context, GrainRecords records, NetworkCatalog networks, InferenceCompute compute, IOptions<ComputeOptions> options,
        ILocalSiloDetails silo)
    {
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        _store = new ReservoirStore(records, context.GrainId, _name, compute, DeactivateOnIdle);
        (_networks, _compute, _options, _silo) = (networks, compute, options.Value, silo.SiloAddress.ToString());
    }

    /// <inheritdoc/>
    public async Task<ReservoirDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<int> units = await UnitsAsync(cancellationToken);
        return new()
        {
            Capacity = Reservoir.CapacityOf(units),
            Stored = (await _store.StateAsync()).Masks.Length,
            Units = units,
            Bytes = units.Sum(Reservoir.SizeOf),
        };
    }

    /// <inheritdoc/>
    public async Task CheckRoomAsync(int task, CancellationToken cancellationToken) =>
        CheckRoom((await _store.StateAsync()).Masks, task, await UnitsAsync(cancellationToken));

    /// <inheritdoc/>
    public async Task StoreAsync(GainMaskBlob mask, CancellationToken cancellationToken)
    {
        ImmutableArray<int> units = await UnitsAsync(cancellationToken); // of a model that is being deleted there are none
        GainMask gains = SupSupException.Checked(() => GainMask.Unpack(mask.Mask, units));
        ReservoirMask known = new(mask.Task, gains.Fingerprints(), mask.Classes);
        using IDisposable turn = await _changing.EnterAsync(cancellationToken);
        ReservoirContent content = await ContentAsync(units);
        if (content.Masks.FirstOrDefault(present => present.Task == mask.Task) is { } present)
        {
            if (present.Fingerprints.SequenceEqual(known.Fingerprints)) return;
            throw new SupSupException(
                SupSupError.Conflict,
                $"the reservoir of model '{_name}' has another mask of task {mask.Task}, which cannot be taken out; choose another index");
        }

        CheckRoom(content.Masks, mask.Task, units);
        _content = Task.FromResult(await _store.AddAsync(content, gains, known));
        await _store.CleanAsync();
    }

    /// <inheritdoc/>
    public async Task<RecoveredBatch> RecoverAsync(InputBatch inputs, CancellationToken cancellationToken)
    {
        ModelNetwork network = await NetworkAsync(cancellationToken);
        network.Check(inputs);
        if (inputs.Rows < GainSearch.FewestRows)
            throw new SupSupException(
                SupSupError.InvalidRequest,
                $"{inputs.Rows} images are too few: model '{_name}' keeps its masks in a reservoir, and one is recovered by the statistics "
                    + $"of a batch; send {GainSearch.FewestRows} images of one task or more ({GainSearch.EnoughRows} are enough)");
        if (inputs.Rows > BatchRecovery.MostRows)
            throw new SupSupException(
                SupSupError.InvalidRequest, $"{inputs.Rows} rows are too many at once (at most {BatchRecovery.MostRows}); send fewer");
        if (_waitingRows > 0 && _waitingRows + inputs.Rows > _options.InferenceQueueRows)
            throw new SupSupException(
                SupSupError.Unavailable,
                $"the queue is full: {_waitingRows} images wait to be inferred, at most {_options.InferenceQueueRows} may; ask again "
                    + "later, or raise Compute:InferenceQueueRows");
        _waitingRows += inputs.Rows;
        try
        {
            ReservoirContent content = await ContentAsync(network.Gains.Channels);
            if (content.Masks.IsEmpty)
                throw new SupSupException(SupSupError.NotFound, $"model '{_name}' has learned no task yet; train one first");
            return await _compute.RunAsync(() => BatchRecovery.Run(network, content, inputs, cancellationToken), cancellationToken);
        }
        finally
        {
            _waitingRows -= inputs.Rows;
        }
    }

    /// <inheritdoc/>
    public async Task<ShardHealth> CheckHealthAsync(int[] tasks, bool read, CancellationToken cancellationToken)
    {
        ImmutableArray<int> units = await UnitsAsync(cancellationToken);
        string? damage = null;
        ReservoirContent? content = null;
        try
        {
            if (read || _content is not null) content = await ContentAsync(units);
            HashSet<int> stored = [.. (await _store.StateAsync()).Masks.Select(mask => mask.Task)];
            return Health([.. tasks.Where(task => !stored.Contains(task)).Select(task => new MaskFailure(
                task, $"the mask of task {_name}/{task} is not in the model's reservoir; restore the reservoir from a backup"))]);
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            damage = e.Message;
            return Health([.. tasks.Select(task => new MaskFailure(task, damage))]);
        }

        ShardHealth Health(ImmutableArray<MaskFailure> failures) => new()
        {
            Shard = 0,
            Silo = _silo,
            Tasks = tasks.Length,
            MemoryBytes = content?.MemoryBytes ?? 0,
            Failures = failures,
            Held = content?.Masks.Length ?? 0,
        };
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        using IDisposable turn = await _changing.EnterAsync(cancellationToken);
        await _store.DeleteAsync();
        (_content, _network) = (null, null); // a later model of the name may have another network
        DeactivateOnIdle();
    }

    private void CheckRoom(ImmutableArray<ReservoirMask> stored, int task, ImmutableArray<int> units)
    {
        int capacity = Reservoir.CapacityOf(units);
        if (stored.Length < capacity || stored.Any(mask => mask.Task == task)) return;
        throw new SupSupException(
            SupSupError.Conflict,
            $"the reservoir of model '{_name}' is full: it holds {capacity} masks, one for each 32 units of its smallest layer, and none "
                + "can be taken out; make another model, or one with larger layers");
    }

    private async Task<ReservoirContent> ContentAsync(ImmutableArray<int> units)
    {
        Task<ReservoirContent> reading = _content ??= _store.ReadAsync(units);
        try
        {
            return await reading;
        }
        catch when (_content == reading)
        {
            _content = null; // the next call tries again
            throw;
        }
    }

    private async Task<ImmutableArray<int>> UnitsAsync(CancellationToken cancellationToken) =>
        ReservoirModels.Units(await SpecAsync(cancellationToken));

    private async Task<ModelNetwork> NetworkAsync(CancellationToken cancellationToken) =>
        _network ??= _networks.Open(await SpecAsync(cancellationToken));

    private async Task<ModelSpec> SpecAsync(CancellationToken cancellationToken)
    {
        ModelSpec spec = await GrainFactory.Coordinator(_name).GetSpecAsync(cancellationToken);
        return spec.HasReservoir ? spec : throw new SupSupException(
            SupSupError.InvalidRequest, $"model '{_name}' keeps a record of each mask, and has no reservoir");
    }
}
