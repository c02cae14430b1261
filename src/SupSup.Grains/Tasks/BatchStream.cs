using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Random;
using SupSup.Core.Training;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Tasks;

/// <summary>The open end of a stream of submitted batches: one training session, one batch at a time.</summary>
internal sealed class BatchStream : IDisposable
{
    private readonly TrainingSession _session;
    private readonly ModelNetwork _network;

    // The last batch is what is left of the data when the stream ends: the mask's usual evidence is measured on it.
    private float[] _last = [];
    private readonly Dictionary<int, TaskCompletionSource> _ahead = [];

    public BatchStream(TrainingOrder order, ModelNetwork network, Recipe recipe, int task, TrainingCheckpoint? checkpoint)
    {
        Order = order;
        _network = network;
        Recipe = recipe;
        _session = checkpoint is null
            ? new TrainingSession(network.Network, network.Rule, recipe, TaskSeed.Derive(network.Network.Seed, task))
            : new TrainingSession(network.Network, network.Rule, recipe, checkpoint);
        Trained = Durable = _session.BatchesDone;
    }

    public TrainingOrder Order { get; }

    public Recipe Recipe { get; }

    /// <summary>Number of classes.</summary>
    public int Classes => Order.ClassesFor(_network.Spec);

    /// <summary>
    /// Batches are trained one after another, in the order in which they came. Not disposed: callers may still wait for
    /// their turn when the stream ends, and must learn that it did.
    /// </summary>
    public SemaphoreSlim Turn { get; } = new(1);

    public int Trained { get; private set; }

    /// <summary>Batches in the stored checkpoint.</summary>
    public int Durable { get; set; }

    /// <summary>Submitted batches that wait, for their turn or for those before them.</summary>
    public int Waiting { get; set; }

    /// <summary>Ends the wait after which batches that are not durable are made so; null where none is waiting for that.</summary>
    public CancellationTokenSource? Saving { get; set; }

    /// <summary>Whether the stream was closed so that it can go on elsewhere.</summary>
    public bool Suspended { get; private set; }

    /// <summary>The losses since the stream was opened here.</summary>
    public LossCurve Curve { get; } = new();

    /// <summary>Loss of the last batch, in nats.</summary>
    public float Loss { get; private set; }

    /// <summary>Time spent training since the stream was opened here.</summary>
    public TimeSpan Duration { get; private set; }

    public bool IsComplete => Trained == Recipe.Batches;

    public StreamPosition Position => new() { Trained = Trained, Durable = Durable };

    /// <summary>Waits until a batch's number is reached or the stream is closed. Called in grain turns.</summary>
    /// <param name="number">The number.</param>
    /// <param name="patience">For how long.</param>
    /// <param name="time">Tells the time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was reached.</returns>
    public async Task<bool> ReachAsync(int number, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!_ahead.TryGetValue(number, out TaskCompletionSource? reached))
            _ahead.Add(number, reached = new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await reached.Task.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
        }

        return number <= Trained;
    }

    /// <summary>Lets the batches go on whose numbers are reached. Called in grain turns.</summary>
    public void Advance()
    {
        foreach (int number in _ahead.Keys.Where(number => number <= Trained).ToArray())
        {
            _ahead[number].SetResult();
            _ahead.Remove(number);
        }
    }

    /// <summary>Trains; called on a compute thread while the turn is held.</summary>
    public bool Step(LabelledBatch batch, TimeProvider time)
    {
        long start = time.GetTimestamp();
        Loss = _session.Step(batch.Inputs.Values, batch.Labels);
        _last = batch.Inputs.Values;
        Trained = _session.BatchesDone;
        Curve.Add(Trained, Loss);
        Duration += time.GetElapsedTime(start);
        return true;
    }

    /// <summary>Where training stands; called while the turn is held.</summary>
    public TrainingCheckpoint Capture() => _session.Capture();

    /// <summary>The mask as it stands; called while the turn is held.</summary>
    public TaskMask Mask() => _session.Mask();

    /// <summary>The outcome; called on a compute thread while the turn is held. Where it is not complete the loss is that of the last
    /// batch.</summary>
    public TrainedMask Finish()
    {
        TaskMask mask = _session.Mask();
        EvidenceProfile? usual = _last.Length == 0 ? null : UsualEvidence.Of(_network.Network, mask, _last, Classes);
        return new TrainedMask(mask, IsComplete ? _session.TailLoss : Loss, Duration, usual);
    }

    /// <summary>Ends the stream: whatever waits learns it. Called in grain turns while the turn is held.</summary>
    /// <param name="suspended">Whether it is to go on elsewhere.</param>
    public void Close(bool suspended)
    {
        Suspended = suspended;
        Saving?.Cancel();
        foreach (TaskCompletionSource reached in _ahead.Values) reached.SetResult();
        _ahead.Clear();
        Dispose();
    }

    public void Dispose() => _session.Dispose();
}
