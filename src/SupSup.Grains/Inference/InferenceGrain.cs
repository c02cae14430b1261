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
    private readonly NetworkCatalog _networks;
    private readonly Func<ModelNetwork, InferencePipeline> _create;
    private readonly QueryBatcher _batcher;
    private readonly InferenceMetrics _metrics;
    private readonly TimeProvider _time;
    private InferencePipeline? _pipeline;

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
        SupSupTelemetry telemetry)
    {
        _name = GrainKeys.CheckModel(context.GrainId.Key.ToString()!);
        _networks = networks;
        _metrics = metrics;
        _time = time;
        _create = network => new InferencePipeline(
            _name, network, compute, options.Value.InferenceMasks, archive, time, GrainFactory, copies);
        _batcher = new QueryBatcher(
            () => Math.Clamp(options.Value.InferencePassWork / Math.Max(1, _pipeline!.Work), 1, options.Value.InferenceBatchRows),
            options.Value.InferencePasses,
            options.Value.InferenceQueueRows,
            (inputs, inference, cancellationToken) => _pipeline!.InferAsync(inputs, inference, cancellationToken),
            new PassTelemetry(_name, metrics, telemetry));
    }

    /// <inheritdoc/>
    public Task<Prediction[]> InferAsync(InputBatch inputs, InferenceOptions options, CancellationToken cancellationToken) => MeasuredAsync(
        "inferred",
        inputs,
        pipeline =>
        {
            pipeline.Check(inputs, options);
            return _batcher.InferAsync(inputs, options, cancellationToken);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<TaskPredictions> PredictAsync(InputBatch inputs, int[] tasks, CancellationToken cancellationToken) =>
        MeasuredAsync("given", inputs, pipeline => pipeline.PredictAsync(inputs, tasks, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task ReadyAsync(CancellationToken cancellationToken) =>
        await (_pipeline ?? await OpenAsync(null, cancellationToken)).ReadyAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _pipeline?.Dispose();

    private async Task<T> MeasuredAsync<T>(
        string kind, InputBatch inputs, Func<InferencePipeline, Task<T>> answer, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        try
        {
            InferencePipeline pipeline = _pipeline ?? await OpenAsync(null, cancellationToken);
            T answered;
            try
            {
                answered = await answer(pipeline);
            }
            catch (Exception e) when (e is ModelReplacedException or SupSupException { Error: SupSupError.InvalidRequest })
            {
                // Inputs may be those of a model that was made anew under the name.
                if (await SpecAsync(cancellationToken) == pipeline.Spec) throw;
                answered = await answer(await OpenAsync(pipeline, cancellationToken));
            }

            _metrics.Answered(_name, kind, inputs.Rows, _time.GetElapsedTime(start));
            return answered;
        }
        catch (SupSupException e)
        {
            _metrics.Failed(_name, e.Error);
            throw;
        }
    }

    private async Task<InferencePipeline> OpenAsync(InferencePipeline? before, CancellationToken cancellationToken)
    {
        ModelSpec spec = await SpecAsync(cancellationToken);
        if (_pipeline != before) return _pipeline!;
        before?.Dispose();
        return _pipeline = _create(_networks.Open(spec));
    }

    private Task<ModelSpec> SpecAsync(CancellationToken cancellationToken) => LostAnswers.RepeatAsync(
        $"the coordinator of model '{_name}'", () => GrainFactory.Coordinator(_name).GetSpecAsync(cancellationToken), _time,
        cancellationToken);
}
