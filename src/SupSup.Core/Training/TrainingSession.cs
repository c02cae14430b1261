using SupSup.Core.Engines;
using SupSup.Core.Kernels;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;

namespace SupSup.Core.Training;

/// <summary>
/// Trains the mask of one task: forward through W ⊙ M(S), cross-entropy over all outputs, straight-through backward
/// dL/dS = dL/dW_eff ⊙ W (paper, section 3.1 and appendix). All buffers live as long as the session. The order of
/// operations is fixed, so a run is bit-identical to the next, with any team and at every register width. Not
/// thread-safe.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly FixedNetwork _network;
    private readonly IMaskRule _rule;
    private readonly Recipe _recipe;
    private readonly Func<int, int, double> _schedule;
    private readonly FusedStep _step;
    private readonly double[] _rates;
    private double _tailLoss;

    /// <summary>Starts a task.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">Optimiser, rate, schedule, length.</param>
    /// <param name="taskSeed">Seed of the initial scores.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone.</param>
    /// <exception cref="ArgumentException">The recipe is not valid.</exception>
    public TrainingSession(FixedNetwork network, IMaskRule rule, Recipe recipe, ulong taskSeed, ITeam? team = null)
        : this(network, rule, recipe, team, StepKernelChoice.Best)
    {
        for (int l = 0; l < _step.Layers.Length; l++)
        {
            StepLayer layer = _step.Layers[l];
            float[] scores = new float[layer.Shape.Count];
            InitialScores.Fill(layer.Shape, l, InitialScores.Seed(network, recipe, taskSeed), scores);
            layer.Set(scores);
        }

        _step.ApplyMask();
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">The recipe it was started with.</param>
    /// <param name="checkpoint">Where it stood.</param>
    /// <param name="team">Threads to share the steps with; null is the calling thread alone.</param>
    /// <exception cref="ArgumentException">The recipe is not valid, or the checkpoint is of another network or optimiser.</exception>
    public TrainingSession(FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingCheckpoint checkpoint, ITeam? team = null)
        : this(network, rule, recipe, team, StepKernelChoice.Best)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        bool fits = checkpoint.Scores.Length == _step.Layers.Length && checkpoint.OptimizerState.Length == _step.Layers.Length;
        for (int l = 0; fits && l < _step.Layers.Length; l++)
        {
            StepLayer layer = _step.Layers[l];
            fits = checkpoint.Scores[l].Length == layer.Shape.Count && checkpoint.OptimizerState[l].Length == layer.Shape.Count * layer.StatePerScore;
        }

        if (!fits)
        {
            Dispose();
            throw new ArgumentException($"the checkpoint does not fit network {network.Shape} with optimizer {recipe.Optimizer}");
        }

        for (int l = 0; l < _step.Layers.Length; l++)
        {
            StepLayer layer = _step.Layers[l];
            layer.Set(checkpoint.Scores[l]);
            for (int n = 0; n < layer.StatePerScore; n++) layer.Set(checkpoint.OptimizerState[l].AsSpan(n * layer.Shape.Count, layer.Shape.Count), n);
        }

        _step.ApplyMask();
        BatchesDone = checkpoint.BatchesDone;
        _tailLoss = checkpoint.TailLoss;
    }

    private TrainingSession(FixedNetwork network, IMaskRule rule, Recipe recipe, ITeam? team, IStepKernels kernels)
    {
        _network = network;
        _rule = rule;
        _recipe = recipe.Validated();
        _schedule = Schedules.Get(recipe.Schedule);
        _rates = new double[network.Shape.Layers.Length];
        _step = new FusedStep(network, rule, ScoreOptimizers.Get(recipe.Optimizer), recipe.BatchSize, team ?? Alone.Team, kernels);
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
    /// <exception cref="ArgumentException">Lengths disagree, a label is not an output, or the loss is not finite; nothing was changed.</exception>
    public float Step(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels)
    {
        if (labels.Length == 0 || inputs.Length != labels.Length * _network.Shape.Inputs)
            throw new ArgumentException($"a batch of {labels.Length} labels needs {labels.Length * _network.Shape.Inputs} input values, not {inputs.Length}");
        foreach (int label in labels)
            if ((uint)label >= (uint)_network.Shape.Outputs)
                throw new ArgumentException($"label {label} is not one of the {_network.Shape.Outputs} outputs");

        float loss = _step.Differentiate(inputs, labels);
        if (!float.IsFinite(loss))
            throw new ArgumentException($"the loss of batch {BatchesDone} is not finite, so the batch was not trained; send normalised inputs");
        double factor = _schedule(BatchesDone, _recipe.Batches);
        for (int l = 0; l < _rates.Length; l++)
            _rates[l] = factor * (l == 0 ? _recipe.FirstLayerLearningRate ?? _recipe.LearningRate : _recipe.LearningRate);
        _step.Update(_rates, BatchesDone + 1);
        BatchesDone++;
        if (BatchesDone > _recipe.Batches - TailBatches && BatchesDone <= _recipe.Batches) _tailLoss += loss;
        return loss;
    }

    /// <summary>Copies what is needed to go on from here.</summary>
    public TrainingCheckpoint Capture() => new(
        BatchesDone,
        [.. _step.Layers.Select(layer => layer.Get())],
        [.. _step.Layers.Select(layer => Enumerable.Range(0, layer.StatePerScore).SelectMany(run => layer.Get(run)).ToArray())],
        _tailLoss);

    /// <summary>The mask of the current scores.</summary>
    public PackedMask Mask()
    {
        byte[] bits = new byte[_network.Shape.PackedBytes];
        int start = 0;
        foreach (StepLayer layer in _step.Layers)
        {
            _rule.Pack(layer.Get(), bits.AsSpan(start, layer.Shape.PackedBytes));
            start += layer.Shape.PackedBytes;
        }

        return new PackedMask(_network.Shape, bits);
    }

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();
}
