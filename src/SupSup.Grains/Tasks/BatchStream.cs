using SupSup.Core.Random;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>The open end of a stream of submitted batches: one training session, one batch at a time.</summary>
internal sealed class BatchStream : IDisposable
{
    private readonly TrainingSession _session;

    public BatchStream(TrainingOrder order, ModelNetwork network, Recipe recipe, int task, TrainingCheckpoint? checkpoint)
    {
        Order = order;
        Recipe = recipe;
        _session = checkpoint is null
            ? new TrainingSession(network.Network, network.Rule, recipe, TaskSeed.Derive(network.Network.Seed, task))
            : new TrainingSession(network.Network, network.Rule, recipe, checkpoint);
        Trained = Durable = _session.BatchesDone;
    }

    public TrainingOrder Order { get; }

    public Recipe Recipe { get; }

    /// <summary>
    /// Batches are trained one after another, in the order in which they came. Not disposed: callers may still wait for
    /// their turn when the stream ends, and must learn that it did.
    /// </summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>Batches trained.</summary>
    public int Trained { get; private set; }

    /// <summary>Batches in the stored checkpoint.</summary>
    public int Durable { get; set; }

    /// <summary>Loss of the last batch, in nats.</summary>
    public float Loss { get; private set; }

    /// <summary>Time spent training since the stream was opened here.</summary>
    public TimeSpan Duration { get; private set; }

    public bool IsComplete => Trained == Recipe.Batches;

    public StreamPosition Position => new() { Trained = Trained, Durable = Durable };

    /// <summary>Trains; called on a compute thread while the turn is held.</summary>
    public bool Step(LabelledBatch batch, TimeProvider time)
    {
        long start = time.GetTimestamp();
        Loss = _session.Step(batch.Inputs.Values, batch.Labels);
        Trained = _session.BatchesDone;
        Duration += time.GetElapsedTime(start);
        return true;
    }

    /// <summary>Where training stands; called while the turn is held.</summary>
    public TrainingCheckpoint Capture() => _session.Capture();

    /// <summary>The outcome, once complete.</summary>
    public TrainedMask Finish() => new(_session.Mask(), _session.TailLoss, Duration);

    public void Dispose() => _session.Dispose();
}
