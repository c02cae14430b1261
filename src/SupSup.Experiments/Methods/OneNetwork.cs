using SupSup.Core.Engines;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>
/// The lower bound: one network, told no task, learns them one after another with nothing to keep it from forgetting.
/// RMSProp 1e-4 without a schedule, started anew for every task as the authors' code does for all methods, from normal
/// weights of He et al. 2015.
/// </summary>
public sealed class OneNetwork : IRival
{
    /// <summary>The name in the list of rivals.</summary>
    public const string Name = "one-network";

    private readonly RivalSettings _settings;
    private readonly Recipe _recipe;
    private readonly RivalFile _file;
    private RealNetwork _network;
    private int _learned;

    /// <summary>Starts without tasks.</summary>
    /// <param name="settings">Network, seed, training.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public OneNetwork(RivalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _recipe = settings.RecipeOr(Recipes.Get("paper"));
        _file = new RivalFile(Name, settings.Shape, settings.Seed);
        _network = RealNetwork.KaimingNormal(settings.Shape, settings.Seed);
    }

    /// <inheritdoc/>
    public bool Forgets => true;

    /// <inheritdoc/>
    public int SequentialTasks => int.MaxValue;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It is not the next task.</exception>
    public void Learn(int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        if (task != _learned) throw new InvalidOperationException($"task {_learned} comes next, not task {task}");
        using FusedStep step = RealWeights.Step(_network, _recipe, _settings.Team ?? Alone.Team);
        TaskBatches.Run(_network.Shape, _recipe, _settings.Seed, task, data, step.Differentiate, step.Update, report, cancellationToken);
        (_network, _learned) = (RealWeights.Trained(_network, step), task + 1);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The task was not learned, or the inputs are not rows × in.</exception>
    public int[] Predict(int task, ReadOnlySpan<float> inputs, int rows)
    {
        if ((uint)task >= (uint)_learned) throw new ArgumentException($"task {task} was not learned: {_learned} were");
        return _network.Predict(inputs, rows);
    }

    /// <inheritdoc/>
    public void Release(int task)
    {
    }

    /// <inheritdoc/>
    public long Bytes(int tasks) => (long)sizeof(float) * _settings.Shape.ParameterCount;

    /// <inheritdoc/>
    public void Save(Stream stream) => _file.Write(stream, _learned, _network);

    /// <inheritdoc/>
    public void Load(Stream stream)
    {
        (int learned, RealNetwork? network) = _file.Read(stream);
        (_learned, _network) = (learned, network ?? throw new InvalidDataException($"a state of rival {Name} must have weights; this one has none"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
