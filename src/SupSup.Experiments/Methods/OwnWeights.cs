using System.Collections.Concurrent;
using SupSup.Core.Engines;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>
/// The upper bound of the paper's figures: every task trains all weights of a network of its own. The authors' code has no
/// configuration of it for MNIST; here it is trained as their other runs are, RMSProp 1e-4 without a schedule, from
/// normal weights of He et al. 2015, each task from a draw of its own.
/// </summary>
public sealed class OwnWeights : IRival
{
    /// <summary>The name in the list of rivals.</summary>
    public const string Name = "own-weights";

    private readonly RivalSettings _settings;
    private readonly Recipe _recipe;
    private readonly ConcurrentDictionary<int, RealNetwork> _networks = new();
    private readonly RivalFile _file;

    /// <summary>Starts without tasks.</summary>
    /// <param name="settings">Network, seed, training.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public OwnWeights(RivalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _recipe = settings.RecipeOr(Recipes.Get("paper"));
        _file = new RivalFile(Name, settings.Shape, settings.Seed);
    }

    /// <inheritdoc/>
    public bool Forgets => false;

    /// <inheritdoc/>
    public int SequentialTasks => 0;

    /// <inheritdoc/>
    public void Learn(int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        RealNetwork start = RealNetwork.KaimingNormal(_settings.Shape, TaskSeed.Derive(_settings.Seed, task));
        using FusedStep step = RealWeights.Step(start, _recipe, Alone.Team);
        TaskBatches.Run(start.Shape, _recipe, _settings.Seed, task, data, step.Differentiate, step.Update, report, cancellationToken);
        _networks[task] = RealWeights.Trained(start, step);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The task was not learned here or was released, or the inputs are not rows × in.</exception>
    public int[] Predict(int task, ReadOnlySpan<float> inputs, int rows) =>
        _networks.TryGetValue(task, out RealNetwork? network)
            ? network.Predict(inputs, rows)
            : throw new ArgumentException($"task {task} was not learned here, or was released");

    /// <inheritdoc/>
    public void Release(int task) => _networks.TryRemove(task, out _);

    /// <inheritdoc/>
    public long Bytes(int tasks) => (long)tasks * sizeof(float) * _settings.Shape.ParameterCount;

    /// <inheritdoc/>
    public void Save(Stream stream) => _file.Write(stream, 0, null);

    /// <inheritdoc/>
    public void Load(Stream stream) => _file.Read(stream);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
