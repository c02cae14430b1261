using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using SupSup.Grains.Compute;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Placement;
using SupSup.Grains.Storage;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Inference;

/// <summary>
/// One replica of a model's data path on each silo that is asked. Reentrant: passes overlap, and requests gather meanwhile.
/// Unlike other stateless workers it is not removed when idle: the superposition would have to be counted again.
/// </summary>
[GrainType("inference"), StatelessWorker(1, removeIdleWorkers: false), Reentrant]
public sealed class InferenceGrain : Grain, IInferenceGrain, IDisposable
{
    private readonly string _name;
    private readonly Func<ModelSpec, IInferencePath> _create;
    private readonly QueryBatcher _batcher;
    private readonly InferenceMetrics _metrics;
    private readonly UsageMetrics _usage;
    private readonly TimeProvider _time;
    private IInferencePath? _path;

    /// <summary>Created by Orleans.</summary>
    public InferenceGrain(
        IGrainContext context,
        NetworkCatalog networks,
        InferenceCompute compute,
        MaskArchive archive,
        IOptions<ComputeOptions> options,
        TimeProvider time,
        ShardCopies copies,
        InferenceMetrics metrics,
        UsageMetrics usage,
        SupSupTelemetry telemetry)
    {
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        (_metrics, _usage) = (metrics, usage);
        _time = time;
        _create = spec => spec.HasReservoir
            ? new ReservoirPath(_name, spec, GrainFactory)
            : new InferencePipeline(
                _name, networks.Open(spec), compute, options.Value.InferenceMasks, archive, time, GrainFactory, copies);
        _batcher = new QueryBatcher(
            () => Math.Clamp(options.Value.InferencePassWork / Math.Max(1, Work), 1, options.Value.InferenceBatchRows),
            options.Value.InferencePasses,
            options.Value.InferenceQueueRows,
            (inputs, inference, cancellationToken) => _path!.InferAsync(inputs, inference, cancellationToken),
            new PassTelemetry(_name, metrics, telemetry));
    }

    private int Work => (_path as InferencePipeline)?.Work ?? 1;

    /// <inheritdoc/>
    public Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken) => MeasuredAsync(
        "inferred",
        inputs,
        path =>
        {
            if (path is not InferencePipeline pipeline) return path.InferAsync(inputs, options, cancellationToken);
            pipeline.Check(inputs, options);
            return _batcher.InferAsync(inputs, options, cancellationToken);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken) =>
        MeasuredAsync("given", inputs, path => path.PredictAsync(inputs, tasks, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        IInferencePath? path = _path ?? await OpenAsync(null, cancellationToken);
        try
        {
            if (path is InferencePipeline pipeline) await pipeline.ReadyAsync(cancellationToken);
        }
        catch (ModelReplacedException)
        {
            await OpenAsync(path, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _path?.Dispose();

    private async Task<T> MeasuredAsync<T>(
        string kind, InputBatch inputs, Func<IInferencePath, Task<T>> answer, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        try
        {
            IInferencePath path = _path ?? await OpenAsync(null, cancellationToken);
            T answered;
            try
            {
                answered = await answer(path);
            }
            catch (Exception e) when (e is ModelReplacedException or SupSupException { Error: SupSupError.InvalidRequest })
            {
                // Inputs may be those of a model that was made anew under the name.
                if (await SpecAsync(cancellationToken) == path.Spec) throw;
                answered = await answer(await OpenAsync(path, cancellationToken));
            }

            _metrics.Answered(_name, kind, inputs.Rows, _time.GetElapsedTime(start));
            _usage.Inferred(inputs.Rows);
            return answered;
        }
        catch (SupSupException e)
        {
            _metrics.Failed(_name, e.Error);
            throw;
        }
    }

    private async Task<IInferencePath> OpenAsync(IInferencePath? before, CancellationToken cancellationToken)
    {
        ModelSpec spec = await SpecAsync(cancellationToken);
        if (_path != before) return _path!;
        before?.Dispose();
        return _path = _create(spec);
    }

    private Task<ModelSpec> SpecAsync(CancellationToken cancellationToken) => LostAnswers.RepeatAsync(
        $"the coordinator of model '{_name}'", () => GrainFactory.Coordinator(_name).GetSpecAsync(cancellationToken), _time,
        cancellationToken);
}
