using SupSup.Core.Engines;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;

namespace SupSup.Core.Training;

/// <summary>
/// Trains the mask of one task: forward through W ⊙ M(S), cross-entropy over all outputs, and back through the mask as the
/// mask rule defines it (paper, section 3.1 and appendix). The steps are those of the plan's engine, whose buffers live as
/// long as the session. The order of operations is fixed, so a run is bit-identical to the next, with any team and at every
/// register width. Not thread-safe.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly FixedNetwork _network;
    private readonly Recipe _recipe;
    private readonly Func<int, int, double> _schedule;
    private readonly ITrainingStep _step;
    private readonly double[] _rates;
    private double _tailLoss;

    /// <summary>Starts a task.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">Optimiser, rate, schedule, length.</param>
    /// <param name="taskSeed">Seed of the initial scores.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone.</param>
    /// <param name="engine">What runs the steps; null for the engine of the plan on the processor.</param>
    /// <exception cref="ArgumentException">The recipe is not valid.</exception>
    public TrainingSession(
        FixedNetwork network, IMaskRule rule, Recipe recipe, ulong taskSeed, ITeam? team = null, INetworkEngine? engine = null)
        : this(network, rule, recipe, InitialScores.Of(network, recipe, taskSeed), team, engine)
    {
    }

    /// <summary>Starts a task from given scores.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">Optimiser, rate, schedule, length.</param>
    /// <param name="scores">The scores of each layer, [out · in].</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone.</param>
    /// <param name="engine">What runs the steps; null for the engine of the plan on the processor.</param>
    /// <exception cref="ArgumentException">The recipe is not valid.</exception>
    public TrainingSession(
        FixedNetwork network,
        IMaskRule rule,
        Recipe recipe,
        IReadOnlyList<float[]> scores,
        ITeam? team = null,
        INetworkEngine? engine = null)
        : this(network, rule, recipe, team, engine) => _step.Load(scores, null);

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">The recipe it was started with.</param>
    /// <param name="checkpoint">Where it stood.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone.</param>
    /// <param name="engine">What runs the steps; null for the engine of the plan on the processor.</param>
    /// <exception cref="ArgumentException">The recipe is not valid, or the checkpoint is of another network or optimiser.</exception>
    public TrainingSession(
        FixedNetwork network,
        IMaskRule rule,
        Recipe recipe,
        TrainingCheckpoint checkpoint,
        ITeam? team = null,
        INetworkEngine? engine = null)
        : this(network, rule, Fitting(checkpoint, network, recipe), team, engine)
    {
        _step.Load(checkpoint.Scores, checkpoint.OptimizerState, checkpoint.Statistics);
        BatchesDone = checkpoint.BatchesDone;
        _tailLoss = checkpoint.TailLoss;
    }

    private TrainingSession(FixedNetwork network, IMaskRule rule, Recipe recipe, ITeam? team, INetworkEngine? engine)
    {
        _network = network;
        _recipe = recipe.Validated();
        _schedule = Schedules.Get(recipe.Schedule);
        _rates = new double[network.Shape.Layers.Length];
        _step = (engine ?? NetworkEngines.For(network.Plan)).Train(
            network, rule, ScoreOptimizers.Get(recipe.Optimizer), recipe.WeightDecay, recipe.BatchSize, team ?? Alone.Team);
    }

    /// <summary>Batches trained on so far.</summary>
    public int BatchesDone { get; private set; }

    /// <summary>Mean loss over the last tenth of the recipe's batches, once they are done, in nats.</summary>
    public double TailLoss => _tailLoss / TailBatches;

    private int TailBatches => Math.Max(1, _recipe.Batches / 10);

    /// <summary>Trains on one batch.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="labels">Class of each row, 0 to s - 1.</param>
    /// <returns>Mean cross-entropy of the batch in nats, before the step.</returns>
    /// <exception cref="ArgumentException">Lengths disagree, a label is not an output, or the loss is not
    /// finite; nothing was changed.</exception>
    public float Step(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        if (labels.Length == 0 || inputs.Length != labels.Length * _network.Plan.Inputs)
            throw new ArgumentException(
                $"a batch of {labels.Length} labels needs {labels.Length * _network.Plan.Inputs} input values, not {inputs.Length}");
        foreach (int label in labels)
            if ((uint)label >= (uint)_network.Plan.Outputs)
                throw new ArgumentException($"label {label} is not one of the {_network.Plan.Outputs} outputs");

        float loss = _step.Differentiate(inputs, labels);
        if (!float.IsFinite(loss))
            throw new ArgumentException(
                $"the loss of batch {BatchesDone} is not finite, so the batch was not trained; send normalised inputs");
        double factor = _schedule(BatchesDone, _recipe.Batches);
        for (int l = 0; l < _rates.Length; l++)
            _rates[l] = factor * _recipe.RateOf(l, _network.Shape.Layers[l].FanIn);
        _step.Update(_rates, BatchesDone + 1);
        BatchesDone++;
        if (BatchesDone > _recipe.Batches - TailBatches && BatchesDone <= _recipe.Batches) _tailLoss += loss;
        return loss;
    }

    /// <summary>Copies what is needed to go on from here.</summary>
    public TrainingCheckpoint Capture() => new(
        BatchesDone,
        [.. Enumerable.Range(0, _rates.Length).Select(_step.Scores)],
        [.. Enumerable.Range(0, _rates.Length).Select(_step.State)],
        _tailLoss)
    {
        Statistics = _step.Statistics(),
    };

    /// <summary>Copies the scores of each layer, [out · in].</summary>
    public float[][] Scores() => [.. Enumerable.Range(0, _rates.Length).Select(_step.Scores)];

    /// <summary>The mask of the current scores.</summary>
    public TaskMask Mask() => TaskMask.Keeping(
        _network.Shape,
        Enumerable.Range(0, _rates.Length).Select(_step.Effective),
        ChannelStatistics.Of(_step.Statistics(), _network.Plan));

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();

    private static Recipe Fitting(TrainingCheckpoint checkpoint, FixedNetwork network, Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.CheckFits(network.Plan, recipe);
        return recipe;
    }
}
