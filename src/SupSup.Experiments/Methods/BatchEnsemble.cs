using System.Collections.Concurrent;
using SupSup.Core.Engines;
using SupSup.Core.Optimizers;
using SupSup.Core.Random;
using SupSup.Core.Kernels;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>
/// BatchEnsemble (Wen, Tran and Ba, ICLR 2020), which is given the task: a layer computes s ⊙ W (r ⊙ x) with vectors r and
/// s of the task's own. As the paper and its authors' code have it: W, normal by He et al. 2015, is trained together with
/// the first task's vectors at Adam 1e-4 and then stays; later tasks train only their vectors at Adam 1e-2. The L2 decay
/// of 1e-4, added to every gradient, is the default of that code. A recipe in the settings replaces that of the vectors;
/// the first task takes only its batches and optimiser.
/// </summary>
public sealed class BatchEnsemble : IRival
{
    /// <summary>The name in the list of rivals.</summary>
    public const string Name = "batche";

    private const double FirstTaskLearningRate = 1e-4;
    private const float Decay = 1e-4f;

    private readonly RivalSettings _settings;
    private readonly Recipe _recipe;
    private readonly RivalFile _file;
    private readonly ConcurrentDictionary<int, MemberVectors> _members = new();
    private volatile SharedWeights? _shared;

    /// <summary>Starts without tasks.</summary>
    /// <param name="settings">Network, seed, training.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public BatchEnsemble(RivalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _recipe = settings.RecipeOr(new Recipe { Name = Name, Optimizer = "adam", LearningRate = 1e-2, Schedule = "constant", Batches = settings.Batches, BatchSize = settings.BatchSize });
        _file = new RivalFile(Name, settings.Shape, settings.Seed);
    }

    /// <inheritdoc/>
    public bool Forgets => false;

    /// <inheritdoc/>
    public int SequentialTasks => 1;

    /// <summary>The shared weights, or null before the first task.</summary>
    internal RealNetwork? Shared => _shared?.Network;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The first task to be learned is not task 0, or task 0 is learned again.</exception>
    public void Learn(int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        if (task == 0 != _shared is null)
            throw new InvalidOperationException(task == 0 ? "task 0 has trained the shared weights and cannot be learned again" : $"task 0 trains the shared weights and comes before task {task}");
        MemberVectors vectors = MemberVectors.Random(_settings.Shape, TaskSeed.Derive(_settings.Seed, task));
        if (task > 0)
        {
            Train(vectors, _shared!, trainWeights: false, _recipe, Alone.Team);
        }
        else
        {
            SharedWeights weights = new(RealNetwork.KaimingNormal(_settings.Shape, _settings.Seed));
            Recipe first = _recipe with { LearningRate = FirstTaskLearningRate, FirstLayerLearningRate = null, Schedule = "constant" };
            Train(vectors, weights, trainWeights: true, first, _settings.Team ?? Alone.Team);
            _shared = new SharedWeights(weights.ToNetwork());
        }

        _members[task] = vectors;

        void Train(MemberVectors member, SharedWeights weights, bool trainWeights, Recipe recipe, ITeam team)
        {
            MemberParameters parameters = new(member, ScoreOptimizers.Get(recipe.Optimizer), trainWeights, Decay);
            using FusedStep step = new(_settings.Shape, layer => weights.Layers[layer], parameters, recipe.BatchSize, team, StepKernelChoice.Best);
            step.ApplyMask();
            TaskBatches.Run(_settings.Shape, recipe, _settings.Seed, task, data, step.Differentiate, Update, report, cancellationToken);

            void Update(ReadOnlySpan<double> rate, int number)
            {
                step.Update(rate, number);
                parameters.UpdateVectors();
                step.ApplyMask();
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The task was not learned here or was released, or the inputs are not rows × in.</exception>
    public int[] Predict(int task, ReadOnlySpan<float> inputs, int rows) =>
        _members.TryGetValue(task, out MemberVectors? vectors)
            ? vectors.Apply(_shared!.Network).Predict(inputs, rows)
            : throw new ArgumentException($"task {task} was not learned here, or was released");

    /// <inheritdoc/>
    public void Release(int task) => _members.TryRemove(task, out _);

    /// <inheritdoc/>
    public long Bytes(int tasks) =>
        (long)sizeof(float) * (_settings.Shape.ParameterCount + (tasks * _settings.Shape.Layers.Sum(layer => (long)layer.Inputs + layer.Outputs)));

    /// <inheritdoc/>
    public void Save(Stream stream) => _file.Write(stream, _shared is null ? 0 : 1, _shared?.Network);

    /// <inheritdoc/>
    public void Load(Stream stream)
    {
        (_, RealNetwork? network) = _file.Read(stream);
        _members.Clear();
        _shared = network is null ? null : new SharedWeights(network);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // W twice: as it is saved and used for predictions, and as the kernels want it, which only the first task changes.
    private sealed class SharedWeights
    {
        public SharedWeights(RealNetwork network)
        {
            Network = network;
            Layers = [.. network.Weights.Select(Align)];
        }

        public RealNetwork Network { get; }

        public AlignedFloats[] Layers { get; }

        public RealNetwork ToNetwork() => new(Network.Shape, [.. Layers.Select(layer => layer.Span.ToArray())]);

        private static AlignedFloats Align(float[] weights)
        {
            AlignedFloats aligned = new(weights.Length);
            weights.CopyTo(aligned.Span);
            return aligned;
        }
    }
}
