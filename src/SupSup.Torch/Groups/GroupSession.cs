using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>
/// The arithmetic of <see cref="TrainingSession"/> for many tasks at once. Between steps only weights, masked weights, scores, optimiser
/// state and statistics of channels are kept; what else a step makes is freed with it. Every tensor is on the device and nothing is read
/// back. Not thread-safe.
/// </summary>
internal sealed class GroupSession : IDisposable
{
    private readonly FixedNetwork _network;
    private readonly Recipe _recipe;
    private readonly IScoreOptimizer _optimizer;
    private readonly Func<int, int, double> _schedule;
    private readonly GroupLayer[] _layers;
    private readonly IGroupPass _pass;

    /// <summary>Starts the tasks, or goes on from their checkpoints.</summary>
    /// <exception cref="ArgumentException">The recipe is not valid.</exception>
    public GroupSession(FixedNetwork network, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, Device device)
    {
        _network = network;
        _recipe = recipe.Validated();
        _optimizer = ScoreOptimizers.Get(recipe.Optimizer);
        _schedule = Schedules.Get(recipe.Schedule);
        _layers = [.. network.Shape.Layers.Select((_, layer) => new GroupLayer(network, layer, rule, recipe, tasks, device))];
        _pass = network.Plan.IsDense ? new ChainPass(_layers, device) : new PicturePass(network.Plan, _layers, tasks, device);
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
        double factor = _schedule(BatchesDone, _recipe.Batches);
        _pass.Differentiate(inputs, labels, losses, (l, gradients) =>
            _layers[l].Step(gradients, _optimizer.At(_recipe.RateOf(l, _network.Shape.Layers[l].FanIn) * factor, BatchesDone + 1)));
        BatchesDone++;
    }

    /// <summary>Copies what one task needs to go on from here; see <see cref="TrainingSession.Capture"/>.</summary>
    public TrainingCheckpoint Capture(int task, double tailLoss) => new(
        BatchesDone, [.. Scores(task)], [.. _layers.Select(layer => layer.CopyState(task))], tailLoss)
    {
        Statistics = _pass.Statistics(task),
    };

    /// <summary>Copies one task's scores of each layer, [out · fan-in].</summary>
    public float[][] Scores(int task) => [.. _layers.Select(layer => layer.CopyScores(task))];

    /// <summary>The mask of one task's scores.</summary>
    /// <exception cref="ArgumentException">Its statistics are not finite.</exception>
    public TaskMask Mask(int task) => TaskMask.Keeping(
        _network.Shape,
        _layers.Select(layer => layer.CopyEffective(task)),
        ChannelStatistics.Of(_pass.Statistics(task), _network.Plan));

    public void Dispose()
    {
        _pass.Dispose();
        foreach (GroupLayer layer in _layers) layer.Dispose();
    }
}
