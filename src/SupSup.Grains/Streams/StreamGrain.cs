using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Core.Networks;
using SupSup.Core.Streams;
using SupSup.Grains.Catalog;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Storage;
using SupSup.Grains.Tasks;

namespace SupSup.Grains.Streams;

/// <summary>
/// One stream without task identity. Reentrant, so that what is not wanted is answered at once; whatever changes the
/// stream takes its turn.
/// </summary>
#pragma warning disable CA1001 // Semaphores without wait handles hold nothing; callers may still wait when the grain ends.
[GrainType("stream"), Reentrant]
public sealed class StreamGrain : Grain, IStreamGrain
{
    private readonly GrainRecord<StreamState> _record;
    private readonly StreamSamples _samples;
    private readonly NetworkCatalog _networks;
    private readonly CatalogListing _listing;
    private readonly TrainingMetrics _metrics;
    private readonly ILogger<StreamGrain> _logger;
    private readonly ComputeOptions _options;
    private readonly string _name;
    private readonly string _model;

    private readonly SemaphoreSlim _turn = new(1);
    private ModelNetwork? _network;
    private StreamMerging _merging = null!;
    private StreamTraining _training = null!;
    private bool _inStep;
    private int _waiting;

    /// <summary>Created by Orleans.</summary>
    public StreamGrain(
        IGrainContext context, GrainRecords records, NetworkCatalog networks, IOptions<ComputeOptions> options, TimeProvider time,
        TrainingMetrics metrics, ILogger<StreamGrain> logger)
    {
        _name = context.GrainId.Key.ToString()!;
        _model = GrainKeys.ModelOfStream(_name);
        _record = records.Open<StreamState>(StorageNames.Stream, context.GrainId, DeactivateOnIdle);
        _samples = new StreamSamples(records, _name, DeactivateOnIdle);
        _networks = networks;
        _listing = new CatalogListing(
            $"Stream {_name}", () => GrainFactory.Catalog().AddStreamAsync(
                _model, _name[(_model.Length + 1)..], CancellationToken.None), time, logger);
        _metrics = metrics;
        _logger = logger;
        _options = options.Value;
    }

    private ICoordinatorGrain Coordinator => GrainFactory.Coordinator(_model);

    private StreamAnswer Answer => new()
    {
        Next = _training.Next,
        Durable = _training.Durable,
        Allocation = _record.Value.Allocations.IsEmpty ? null : _record.Value.Allocations[^1],
        Masks = _record.Value.Tasks.Length,
    };

    /// <inheritdoc/>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _inStep = false;
            foreach (StreamTask task in (await _record.ReadAsync()).Tasks) await _samples.DeleteAsync(task.Task);
            await _record.ClearAsync();
        }
        catch (SupSupException e) when (e.Error == SupSupError.Damaged)
        {
            // It cannot be deleted, and stays.
        }
        finally
        {
            _turn.Release();
            DeactivateOnIdle();
        }
    }

    /// <inheritdoc/>
    public async Task<StreamAnswer> OpenAsync(StreamSpec spec, CancellationToken cancellationToken)
    {
        Check(spec);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ModelSpec model = await Coordinator.GetSpecAsync(cancellationToken);
            model.Refuse(_model, "it takes no stream without task identity; order training by task instead");
            if (!Plans.Parse(model.Plan).IsDense)
                throw new SupSupException(
                    SupSupError.InvalidRequest,
                    $"model '{_model}' takes no stream without task identity, which needs a network of linear layers; network {model.Plan} "
                        + "is none: order training by task instead");
            spec.Normalization?.Check(model.Inputs);
            StreamState state = await _record.ReadAsync();
            if (state.Spec is { } present && present != spec)
                throw new SupSupException(SupSupError.Conflict,
                    $"stream {_name} is open with another definition ({present}) than asked for ({spec}); choose another name");
            if (state.Spec is null)
            {
                await Coordinator.EnterStreamAsync(_name[(_model.Length + 1)..], cancellationToken);
                await _record.WriteAsync(state with { Spec = spec });
            }
        }
        finally
        {
            _turn.Release();
        }

        await _listing.EnterAsync(cancellationToken);
        return await InTurnAsync(() => Task.CompletedTask, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<StreamAnswer> SubmitAsync(long number, LabelledBatch batch, CancellationToken cancellationToken)
    {
        if (_inStep && (number != _training.Next || _waiting >= _options.StreamWindow)) return Answer;
        return await InTurnAsync(
            () =>
            {
                _network!.Check(batch, _options.StreamBatchRows);
                return number == _training.Next ? _training.TakeAsync(batch, cancellationToken) : Task.CompletedTask;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StreamAnswer> FlushAsync(CancellationToken cancellationToken) =>
        InTurnAsync(() => _training.SaveAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<StreamAnswer> CompleteAsync(CancellationToken cancellationToken) =>
        InTurnAsync(() => _training.CompleteAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<StreamMerge?> MergeAsync(int task, CancellationToken cancellationToken)
    {
        StreamMerge? merged = null;
        await InTurnAsync(async () => merged = await _merging.MergeAsync(task, cancellationToken), cancellationToken);
        return merged;
    }

    /// <inheritdoc/>
    public async Task<StreamDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        StreamAnswer position = await InTurnAsync(() => Task.CompletedTask, cancellationToken);
        return _record.Value.Describe(position);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_inStep) await InTurnAsync(() => _training.SaveAsync(cancellationToken), cancellationToken);
    }

    private static void Check(StreamSpec spec)
    {
        StreamTraining.Order(spec).Recipe();
        if (spec.SegmentBatches < 1)
            throw new SupSupException(SupSupError.InvalidRequest, $"a segment of {spec.SegmentBatches} batches is invalid; use 1 or more");
        if (spec.MaskCap < 1) throw new SupSupException(
            SupSupError.InvalidRequest, $"a cap of at most {spec.MaskCap} masks is invalid; use 1 or more, or leave it out");
        if (!(spec.Fit > 0 && spec.Fit <= 1))
            throw new SupSupException(SupSupError.InvalidRequest, $"a fit of {spec.Fit} is invalid; use a share above 0 and at most 1");
    }

    // After any failure the stream is read again, and its task is asked for its position.
    private async Task<StreamAnswer> InTurnAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        _waiting++;
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting--;
        }

        bool done = false;
        try
        {
            if (!_inStep) await GetInStepAsync(cancellationToken);
            await work();
            done = true;
            return Answer;
        }
        finally
        {
            _inStep = done;
            _turn.Release();
        }
    }

    private async Task GetInStepAsync(CancellationToken cancellationToken)
    {
        if ((await _record.ReadAsync()).Spec is not { } spec)
            throw new SupSupException(SupSupError.NotFound, $"there is no stream {_name}; open it first");
        _listing.Begin(); // streams opened before the catalogue existed, or whose opening was interrupted
        if (_network is null)
        {
            _network = _networks.Open(await Coordinator.GetSpecAsync(cancellationToken));
            StreamMasks masks = new(_model, _network.Spec.Inputs, _record, _samples, GrainFactory);
            StreamAlgorithm<StreamTask, LabelledBatch> algorithm = new(masks, _network.Spec.Classes, spec.Fit);
            _merging = new StreamMerging(_name, _record, _samples, algorithm, Coordinator, _logger);
            _training = new StreamTraining(_name, _record, masks, algorithm, _merging, _metrics);
        }

        await _training.GetInStepAsync(cancellationToken);
    }
}
