using SupSup.Core.Engines;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Random;
using SupSup.Core.Kernels;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>
/// Parameter superposition with rotations for contexts (PSP: Cheung, Terekhov, Chen, Agrawal and Olshausen, NeurIPS 2019),
/// which is given the task: a layer computes W O x, where O is a rotation drawn for the task and layer, and every task
/// trains the same W in turn. As the paper and its authors' code have it: W normal by Glorot and Bengio 2010, RMSProp 1e-4
/// without a schedule, started anew for every task. Their configuration also names a momentum of 0.5, but their code does
/// not pass it to RMSProp; so there is none here. Rotations are drawn from (seed, task, layer) when they are needed.
/// </summary>
public sealed class RotatedSuperposition : IRival
{
    /// <summary>The name in the list of rivals.</summary>
    public const string Name = "psp";

    private readonly RivalSettings _settings;
    private readonly Recipe _recipe;
    private readonly RivalFile _file;
    private RealNetwork _network;
    private int _learned;
    private volatile Folded? _folded;

    /// <summary>Starts without tasks.</summary>
    /// <param name="settings">Network, seed, training.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public RotatedSuperposition(RivalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _recipe = settings.RecipeOr(Recipes.Get("paper"));
        _file = new RivalFile(Name, settings.Shape, settings.Seed);
        _network = RealNetwork.XavierNormal(settings.Shape, settings.Seed);
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
        using RotatedStep step = new(_network, Rotations(task), ScoreOptimizers.Get(_recipe.Optimizer), _recipe.BatchSize, _settings.Team ?? Alone.Team);
        TaskBatches.Run(_network.Shape, _recipe, _settings.Seed, task, data, step.Differentiate, step.Update, report, cancellationToken);
        _network = new RealNetwork(_network.Shape, [.. _network.Weights.Select((_, l) => step.Weights(l))]);
        (_learned, _folded) = (task + 1, null);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The task was not learned, or the inputs are not rows × in.</exception>
    public int[] Predict(int task, ReadOnlySpan<float> inputs, int rows)
    {
        if ((uint)task >= (uint)_learned) throw new ArgumentException($"task {task} was not learned: {_learned} were");
        Folded? folded = _folded;
        if (folded?.Task != task) _folded = folded = new Folded(task, Fold(task));
        return folded.Network.Predict(inputs, rows);
    }

    /// <inheritdoc/>
    public void Release(int task)
    {
    }

    /// <inheritdoc/>
    public long Bytes(int tasks) => ((long)sizeof(float) * _settings.Shape.ParameterCount) + sizeof(ulong);

    /// <inheritdoc/>
    public void Save(Stream stream) => _file.Write(stream, _learned, _network);

    /// <inheritdoc/>
    public void Load(Stream stream)
    {
        (int learned, RealNetwork? network) = _file.Read(stream);
        (_learned, _network) = (learned, network ?? throw new InvalidDataException($"a state of rival {Name} must have weights; this one has none"));
        _folded = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private AlignedFloats[] Rotations(int task)
    {
        ulong seed = TaskSeed.Derive(_settings.Seed, task);
        return [.. _settings.Shape.Layers.Select((layer, l) => Rotation.Draw(seed, l, layer.Inputs))];
    }

    // W O: many images then cost no more than in a network without rotations.
    private unsafe RealNetwork Fold(int task)
    {
        RealNetwork folded = RealNetwork.Zero(_network.Shape);
        AlignedFloats[] rotations = Rotations(task);
        for (int l = 0; l < rotations.Length; l++)
        {
            LayerShape layer = _network.Shape.Layers[l];
            fixed (float* weights = _network.Weights[l], target = folded.Weights[l])
                StepKernelChoice.Best.MultiplyDense(rotations[l].Start, AlignedFloats.Width(layer.Inputs), 1, layer.Inputs, layer.Inputs, weights, AlignedFloats.Width(layer.Outputs), target);
            rotations[l].Dispose();
        }

        return folded;
    }

    private sealed record Folded(int Task, RealNetwork Network);
}
