using SupSup.Core.Masks;
using SupSup.Core.Networks;
using TorchSharp;

namespace SupSup.Core.Training;

/// <summary>
/// Trains the mask of one task on the calling thread: forward through W ⊙ M(S), cross-entropy over all outputs,
/// straight-through backward dL/dS = dL/dW_eff ⊙ W (paper, section 3.1 and appendix). The matrix products are
/// libtorch's; mask, loss and optimiser are loops over the same memory; all buffers live as long as the session.
/// One thread and a fixed order of operations make a run bit-identical to the next. Not thread-safe.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly FixedNetwork _network;
    private readonly IMaskRule _rule;
    private readonly Recipe _recipe;
    private readonly IScoreOptimizer _optimizer;
    private readonly Func<int, int, double> _schedule;
    private readonly LayerBuffers[] _layers;
    private TensorBuffer _inputs;
    private int _rows;
    private double _tailLoss;

    /// <summary>Starts a task.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">Optimiser, rate, schedule, length.</param>
    /// <param name="taskSeed">Seed of the initial scores.</param>
    /// <exception cref="ArgumentException">The recipe is not valid.</exception>
    public TrainingSession(FixedNetwork network, IMaskRule rule, Recipe recipe, ulong taskSeed)
    {
        NativeMemory.KeepFreedMemory();
        _network = network;
        _rule = rule;
        _recipe = recipe.Validated();
        _optimizer = ScoreOptimizers.Get(recipe.Optimizer);
        _schedule = Schedules.Get(recipe.Schedule);
        _rows = recipe.BatchSize;
        _inputs = new TensorBuffer(_rows, network.Shape.Inputs);
        _layers = [.. network.Shape.Layers.Select(shape => new LayerBuffers(shape, _rows, _optimizer.StatePerScore))];
        for (int l = 0; l < _layers.Length; l++)
        {
            InitialScores.Fill(network.Shape.Layers[l], l, taskSeed, _layers[l].Scores);
            ApplyMask(l);
        }
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="recipe">The recipe it was started with.</param>
    /// <param name="checkpoint">Where it stood.</param>
    /// <exception cref="ArgumentException">The recipe is not valid, or the checkpoint is of another network or optimiser.</exception>
    public TrainingSession(FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingCheckpoint checkpoint)
        : this(network, rule, recipe, taskSeed: 0)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        bool fits = checkpoint.Scores.Length == _layers.Length && checkpoint.OptimizerState.Length == _layers.Length;
        for (int l = 0; fits && l < _layers.Length; l++)
            fits = checkpoint.Scores[l].Length == _layers[l].Scores.Length && checkpoint.OptimizerState[l].Length == _layers[l].OptimizerState.Length;
        if (!fits)
        {
            Dispose();
            throw new ArgumentException($"the checkpoint does not fit network {network.Shape} with optimizer {recipe.Optimizer}");
        }

        for (int l = 0; l < _layers.Length; l++)
        {
            checkpoint.Scores[l].CopyTo(_layers[l].Scores, 0);
            checkpoint.OptimizerState[l].CopyTo(_layers[l].OptimizerState, 0);
            ApplyMask(l);
        }

        BatchesDone = checkpoint.BatchesDone;
        _tailLoss = checkpoint.TailLoss;
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

        SetRows(labels.Length);
        inputs.CopyTo(_inputs.Span);
        Forward();
        float loss = CrossEntropy.Differentiate(_layers[^1].Outputs.Span, labels, _network.Shape.Outputs, _layers[^1].Deltas.Span);
        if (!float.IsFinite(loss))
            throw new ArgumentException($"the loss of batch {BatchesDone} is not finite, so it was not trained on; send normalised inputs");
        Backward();
        Update();
        BatchesDone++;
        if (BatchesDone > _recipe.Batches - TailBatches && BatchesDone <= _recipe.Batches) _tailLoss += loss;
        return loss;
    }

    /// <summary>Copies what is needed to go on from here.</summary>
    public TrainingCheckpoint Capture() => new(
        BatchesDone, [.. _layers.Select(layer => (float[])layer.Scores.Clone())], [.. _layers.Select(layer => (float[])layer.OptimizerState.Clone())], _tailLoss);

    /// <summary>The mask of the current scores.</summary>
    public PackedMask Mask()
    {
        byte[] bits = new byte[_network.Shape.PackedBytes];
        int start = 0;
        for (int l = 0; l < _layers.Length; l++)
        {
            int bytes = _network.Shape.Layers[l].PackedBytes;
            _rule.Pack(_layers[l].Scores, bits.AsSpan(start, bytes));
            start += bytes;
        }

        return new PackedMask(_network.Shape, bits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        foreach (LayerBuffers layer in _layers) layer.Dispose();
    }

    private void Forward()
    {
        torch.Tensor activations = _inputs.Tensor;
        foreach (LayerBuffers layer in _layers)
        {
            layer.Outputs.SetProduct(activations, layer.EffectiveTransposed);
            if (layer != _layers[^1]) Relu.Apply(layer.Outputs.Span);
            activations = layer.Outputs.Tensor;
        }
    }

    private void Backward()
    {
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            LayerBuffers layer = _layers[l];
            layer.Gradients.SetProduct(layer.DeltasTransposed, l == 0 ? _inputs.Tensor : _layers[l - 1].Outputs.Tensor);
            if (l == 0) continue;
            _layers[l - 1].Deltas.SetProduct(layer.Deltas.Tensor, layer.Effective.Tensor);
            Relu.Gate(_layers[l - 1].Outputs.Span, _layers[l - 1].Deltas.Span);
        }
    }

    private void Update()
    {
        double factor = _schedule(BatchesDone, _recipe.Batches);
        for (int l = 0; l < _layers.Length; l++)
        {
            double rate = l == 0 ? _recipe.FirstLayerLearningRate ?? _recipe.LearningRate : _recipe.LearningRate;
            _optimizer.Update(_layers[l].Scores, _layers[l].Gradients.Span, _network.Weights(l), _layers[l].OptimizerState, rate * factor, BatchesDone + 1);
            ApplyMask(l);
        }
    }

    private void ApplyMask(int layer) => _rule.Apply(_layers[layer].Scores, _network.Weights(layer), _layers[layer].Effective.Span);

    private void SetRows(int rows)
    {
        if (rows == _rows) return;
        _rows = rows;
        _inputs.Dispose();
        _inputs = new TensorBuffer(rows, _network.Shape.Inputs);
        foreach (LayerBuffers layer in _layers) layer.SetRows(rows);
    }
}
