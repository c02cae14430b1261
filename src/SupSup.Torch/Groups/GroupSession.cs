using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>
/// The arithmetic of <see cref="TrainingSession"/> for many tasks at once: scores [tasks, out, in], batched matrix
/// products, the backward pass written out. Between steps only weights, masked weights, scores and optimiser state are
/// kept; what else a step makes is freed with it. Every tensor is on the device and nothing is read back. Not thread-safe.
/// </summary>
internal sealed class GroupSession : IDisposable
{
    private readonly NetworkShape _shape;
    private readonly Recipe _recipe;
    private readonly IScoreOptimizer _optimizer;
    private readonly Func<int, int, double> _schedule;
    private readonly GroupLayer[] _layers;
    private readonly Tensor _minusOne;

    /// <summary>Starts the tasks, or goes on from their checkpoints.</summary>
    /// <exception cref="ArgumentException">The recipe is not valid.</exception>
    public GroupSession(FixedNetwork network, string ruleScript, Recipe recipe, IReadOnlyList<TrainingJob> tasks, Device device)
    {
        network.Plan.RequireDense("training in groups");
        _shape = network.Shape;
        _recipe = recipe.Validated();
        _optimizer = ScoreOptimizers.Get(recipe.Optimizer);
        _schedule = Schedules.Get(recipe.Schedule);
        GroupKernels kernels = GroupKernels.Get(ruleScript, _optimizer);
        _layers = [.. Enumerable.Range(0, _shape.Layers.Length)
            .Select(layer => new GroupLayer(network, layer, recipe, tasks, _optimizer.StatePerScore, kernels, device))];
        _minusOne = tensor([-1f], [1, 1, 1], float32, device);
        BatchesDone = tasks[0].Position;
    }

    /// <summary>Batches that every task was trained on so far.</summary>
    public int BatchesDone { get; private set; }

    /// <summary>Trains every task on a batch of its own.</summary>
    /// <param name="inputs">Normalised inputs [tasks, rows, in].</param>
    /// <param name="labels">Classes, int64 [tasks, rows, 1].</param>
    /// <param name="losses">Receives each task's mean cross-entropy in nats, before the step, [tasks].</param>
    public void Step(Tensor inputs, Tensor labels, Tensor losses)
    {
        using DisposeScope step = NewDisposeScope();
        using Scalar zero = 0;
        Tensor[] activations = Forward(inputs);
        Tensor deltas = Differentiate(activations[^1], labels, losses);
        double factor = _schedule(BatchesDone, _recipe.Batches);
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            // dL/dW_eff = δᵀ a.
            using Tensor gradients = deltas.transpose(1, 2).bmm(activations[l]);
            if (l > 0) deltas = deltas.bmm(_layers[l].Effective).mul_(activations[l].gt(zero));
            _layers[l].Step(gradients, _optimizer.At(_recipe.RateOf(l, _shape.Layers[l].FanIn) * factor, BatchesDone + 1));
        }

        BatchesDone++;
    }

    /// <summary>Copies what one task needs to go on from here; see <see cref="TrainingSession.Capture"/>.</summary>
    public TrainingCheckpoint Capture(int task, double tailLoss) => new(
        BatchesDone, [.. _layers.Select(layer => layer.CopyScores(task))], [.. _layers.Select(layer => layer.CopyState(task))], tailLoss);

    /// <summary>The mask of one task's scores.</summary>
    public TaskMask Mask(int task) => TaskMask.Keeping(_shape, _layers.Select(layer => layer.CopyEffective(task)));

    public void Dispose()
    {
        _minusOne.Dispose();
        foreach (GroupLayer layer in _layers) layer.Dispose();
    }

    // Activation l is the input of layer l; the last are the logits.
    private Tensor[] Forward(Tensor inputs)
    {
        Tensor[] activations = new Tensor[_layers.Length + 1];
        activations[0] = inputs;
        for (int l = 0; l < _layers.Length; l++)
        {
            Tensor outputs = activations[l].bmm(_layers[l].Effective.transpose(1, 2));
            activations[l + 1] = l < _layers.Length - 1 ? outputs.relu_() : outputs;
        }

        return activations;
    }

    // d(mean loss)/d(logits) = (softmax - one-hot) / rows, [tasks, rows, outputs].
    private Tensor Differentiate(Tensor logits, Tensor labels, Tensor losses)
    {
        long rows = labels.shape[1];
        using Scalar share = 1f / rows;
        Tensor logarithms = logits.log_softmax(2);
        losses.copy_(logarithms.gather(2, labels).mean([1, 2]).neg_());
        return logarithms.exp_().scatter_add_(2, labels, _minusOne.expand(labels.shape)).mul_(share);
    }
}
