using Orleans.Storage;
using SupSup.Core.Masks;
using SupSup.Core.Training;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Grains.Tasks;

/// <summary>How a task comes to its mask from batches that are submitted. Used in grain turns; the steps run
/// on the silo's compute threads.</summary>
/// <param name="name">The task, `model/index`.</param>
/// <param name="index">Its index.</param>
/// <param name="store">Its records.</param>
/// <param name="lifecycle">Held while the task's training is opened, closed or deleted.</param>
/// <param name="services">What the trainings of a silo share.</param>
internal sealed class SubmittedTraining(string name, int index, TaskStore store, SemaphoreSlim lifecycle, TrainingServices services)
    : IDisposable
{
    private readonly string _model = name[..name.LastIndexOf('/')];

    /// <summary>The open stream, or null.</summary>
    public BatchStream? Stream
    {
        get;
        private set
        {
            services.Metrics.StreamsChanged((value is null ? 0 : 1) - (field is null ? 0 : 1));
            field = value;
        }
    }

    /// <summary>Trains on a submitted batch; see <see cref="ITaskGrain.SubmitAsync"/>.</summary>
    public async Task<StreamPosition> SubmitAsync(
        int number, LabelledBatch batch, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        if (await StreamAsync(network, cancellationToken) is not { } stream) return await CompletedAsync(coordinator);
        network.Check(batch, services.Options.StreamBatchRows, stream.Classes);
        if (!Admits(stream, number)) return stream.Position;
        stream.Waiting++;
        try
        {
            if (number > stream.Trained && !await stream.ReachAsync(number, TimeSpan.FromSeconds(services.Options.StreamGapSeconds),
                services.Time, cancellationToken) && Stream == stream) return stream.Position;
            await stream.Turn.WaitAsync(cancellationToken);
        }
        finally
        {
            stream.Waiting--;
        }

        try
        {
            if (Stream != stream) return await ClosedAsync(stream, coordinator);

            // A step is as short as an inference pass; it must not queue behind whole trainings.
            if (number == stream.Trained && !stream.IsComplete) await StepAsync(stream, batch);
            return await SettleAsync(stream, services.Options.CheckpointBatches, network, coordinator);
        }
        finally
        {
            stream.Turn.Release();
        }
    }

    /// <summary>Makes what was trained durable; see <see cref="ITaskGrain.FlushAsync"/> and <see cref="ITaskGrain.FinishAsync"/>.</summary>
    public async Task<StreamPosition> FlushAsync(
        bool finish, ModelNetwork network, ICoordinatorGrain coordinator, CancellationToken cancellationToken)
    {
        if (await StreamAsync(network, cancellationToken) is not { } stream) return await CompletedAsync(coordinator);
        using IDisposable turn = await stream.Turn.EnterAsync(cancellationToken);
        if (Stream != stream) return await ClosedAsync(stream, coordinator);
        if (finish && stream.Trained == 0) throw new SupSupException(
            SupSupError.InvalidRequest, $"task {name} has trained no batch yet; submit some, or cancel its training");
        return await SettleAsync(stream, 1, network, coordinator, finish);
    }

    /// <summary>The mask of the open stream as it stands; null where the task is trained.</summary>
    /// <exception cref="SupSupException">NotFound: no stream is open. Damaged or Unavailable.</exception>
    public async Task<(TaskMask Mask, TrainingOrder Order)?> SoFarAsync(ModelNetwork network, CancellationToken cancellationToken)
    {
        while (await StreamAsync(network, cancellationToken) is { } stream)
        {
            using IDisposable turn = await stream.Turn.EnterAsync(cancellationToken);
            if (Stream == stream) return (await services.Steps.RunAsync(stream.Mask, cancellationToken), stream.Order);
        }

        return null;
    }

    /// <summary>Opens the stream, unless it is open. The order is stored before it takes batches, so that a
    /// restarted silo knows it. Called within the lifecycle.</summary>
    public async Task OpenAsync(TrainingOrder order, ModelNetwork network, Recipe recipe)
    {
        if (Stream is not null) return;
        if (store.Checkpoint.Order is null) await store.SaveAsync(new CheckpointState { Order = order });
        Stream = new BatchStream(order, network, recipe, index, store.Checkpoint.Unpack());
    }

    /// <summary>Closes the stream, if it is open.</summary>
    /// <param name="keep">Whether to store where it stands, so that it can go on elsewhere.</param>
    /// <param name="cancellationToken">Ends the wait for the batch in training.</param>
    public async Task CloseAsync(bool keep, CancellationToken cancellationToken)
    {
        if (Stream is not { } stream) return;
        using IDisposable turn = await stream.Turn.EnterAsync(cancellationToken);
        if (Stream != stream) return;
        if (keep && stream.Trained > stream.Durable) await SaveAsync(stream);
        Stream = null;
        stream.Close(suspended: keep);
        services.Metrics.Ended(_model, TrainingKind.Submitted, keep ? "suspended" : "cancelled");
    }

    private async Task<StreamPosition> CompletedAsync(ICoordinatorGrain coordinator)
    {
        await store.AcknowledgeAsync(coordinator);
        int batches = store.Summary!.Order.Recipe == TrainingOrder.Imported ? 0 : store.Summary.Order.Recipe().Batches;
        return new StreamPosition { Trained = batches, Durable = batches, Summary = store.Summary };
    }

    // The open stream; null where the task is trained.
    private async Task<BatchStream?> StreamAsync(ModelNetwork network, CancellationToken cancellationToken)
    {
        if (Stream is null) await ReopenAsync(network, cancellationToken);
        if (store.IsTrained) return null;
        return Stream ?? throw new SupSupException(
            SupSupError.NotFound, $"task {name} does not accept batches; order its training without data first");
    }

    // What is behind or far ahead is answered at once, and so is what comes when as many as may wait do; the one that is
    // wanted has a place of its own, so that those ahead of it cannot keep it out. Where storing failed, any number tries again.
    private bool Admits(BatchStream stream, int number)
    {
        if (number < stream.Trained && !stream.IsComplete && stream.Trained - stream.Durable < services.Options.CheckpointBatches)
            return false;
        return number - stream.Trained < services.Options.StreamWindow
            && stream.Waiting < services.Options.StreamWindow + (number == stream.Trained ? 1 : 0);
    }

    private async Task<StreamPosition> ClosedAsync(BatchStream stream, ICoordinatorGrain coordinator)
    {
        if (store.IsTrained) return await CompletedAsync(coordinator);
        return stream.Suspended ? stream.Position : throw new SupSupException(
            SupSupError.NotFound, $"the stream of task {name} was closed; order its training again");
    }

    // Stores what is due: the mask when all is trained or shall be, else a checkpoint when so many batches are not durable, or later.
    private async Task<StreamPosition> SettleAsync(
        BatchStream stream, int due, ModelNetwork network, ICoordinatorGrain coordinator, bool finish = false)
    {
        if (stream.Trained > stream.Durable && stream.Saving is null)
            _ = SaveLaterAsync(stream, stream.Saving = new CancellationTokenSource());
        if (stream.IsComplete || finish)
        {
            TrainedMask trained = await services.Steps.RunAsync(stream.Finish, CancellationToken.None);
            await store.StoreAsync(index, stream.Order, network, trained, services.Time.GetUtcNow(), new()
            {
                Normalization = stream.Order.Normalization ?? network.Spec.InputFormat?.Normalization,
                Classes = stream.Classes,
                Names = stream.Order.Names,
            });
            services.Metrics.Took(_model, TrainingKind.Submitted, stream.Duration);
            services.Metrics.Ended(_model, TrainingKind.Submitted, "trained");
            Stream = null;
            stream.Close(suspended: false);
            return await CompletedAsync(coordinator);
        }

        if (stream.Trained - stream.Durable >= due) await SaveAsync(stream);
        return stream.Position;
    }

    // A client that pauses finds what it sent durable. Never throws.
    private async Task SaveLaterAsync(BatchStream stream, CancellationTokenSource saving)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(services.Options.CheckpointSeconds), services.Time, saving.Token);
                await stream.Turn.WaitAsync(saving.Token);
                try
                {
                    if (Stream == stream && stream.Saving == saving) await SaveAsync(stream);
                    return;
                }
                catch (SupSupException e)
                {
                    TrainingLog.CheckpointFailed(services.Logger, e, name); // tried again later
                }
                finally
                {
                    stream.Turn.Release();
                }
            }
        }
        catch (OperationCanceledException) when (saving.IsCancellationRequested)
        {
        }
        catch (InconsistentStateException e)
        {
            TrainingLog.CheckpointFailed(services.Logger, e, name); // another activation writes: Orleans ends this one
        }
        finally
        {
            if (stream.Saving == saving) stream.Saving = null;
            saving.Dispose();
        }
    }

    private async Task StepAsync(BatchStream stream, LabelledBatch batch)
    {
        try
        {
            await services.Steps.RunAsync(() => stream.Step(batch, services.Time), CancellationToken.None);
            services.Metrics.Trained(_model, TrainingKind.Submitted, 1, UsageMetrics.Caller);
            stream.Advance();
        }
        catch (ArgumentException e)
        {
            throw new SupSupException(SupSupError.InvalidRequest, $"task {name}: {e.Message}");
        }
    }

    // After a restart of the silo the order is in the checkpoint, and the stream goes on without being opened again.
    private async Task ReopenAsync(ModelNetwork network, CancellationToken cancellationToken)
    {
        using IDisposable turn = await lifecycle.EnterAsync(cancellationToken);
        await store.OpenForTrainingAsync();
        if (!store.IsTrained && store.Checkpoint.Order is { Data: null } order) await OpenAsync(order, network, order.Recipe());
    }

    private async Task SaveAsync(BatchStream stream)
    {
        CheckpointState state = CheckpointState.Of(stream.Order, stream.Capture());
        await store.SaveAsync(state);
        stream.Durable = state.BatchesDone;
        stream.Saving?.Cancel();
        stream.Saving = null;
    }

    public void Dispose()
    {
        // A stream whose turn is taken is being trained on; its memory is then left to the finalizers.
        if (Stream is { } stream && stream.Turn.Wait(0)) stream.Dispose();
        Stream = null;
    }
}
