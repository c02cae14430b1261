using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>
/// A method that SupSup is compared with: it learns tasks in sequence and is told the task at inference. A new rival is a
/// new file and an entry in the list of rivals. Not thread-safe, except where a member says so.
/// </summary>
internal abstract class Rival
{
    /// <summary>L2 decay that the authors' code adds to gradients where it is not told otherwise.</summary>
    protected const double Decay = 1e-4;

    private readonly RivalFile _file;

    /// <summary>Starts without tasks.</summary>
    /// <param name="name">The rival's name.</param>
    /// <param name="settings">Network, seed, training.</param>
    /// <param name="own">The recipe that the method's authors use.</param>
    /// <param name="copies">How many values more than its own each weight has among <see cref="Weights"/>, behind those.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    protected Rival(string name, RivalSettings settings, Recipe own, int copies = 0)
    {
        (Plan, Seed) = (settings.Plan, settings.Seed);
        Recipe given = own with
        {
            Name = name,
            Batches = settings.Batches,
            BatchSize = settings.BatchSize,
            Augmentation = settings.Augmentation,
        };
        Recipe = (settings.Recipe ?? given).Validated();
        _file = new RivalFile(name, Plan, Seed, copies);
    }

    /// <summary>
    /// Whether learning a task changes what earlier ones answer. Where it does not, tasks after the first
    /// <see cref="SequentialTasks"/> may be learned in any order and at the same time.
    /// </summary>
    public virtual bool Forgets => SequentialTasks == int.MaxValue;

    /// <summary>How many tasks must be learned in order before others may be learned side by side; int.MaxValue where all must.</summary>
    public abstract int SequentialTasks { get; }

    /// <summary>Whether it trains a network over pictures, which takes minutes a task.</summary>
    public bool IsOverPictures => !Plan.IsDense;

    /// <summary>Batches of a task.</summary>
    public int Batches => Recipe.Batches;

    /// <summary>Examples of a batch.</summary>
    public int BatchSize => Recipe.BatchSize;

    /// <summary>How many tasks were learned in sequence.</summary>
    public int Learned { get; private set; }

    /// <summary>Weights that later tasks build on, as of <see cref="RivalNetwork.ReadWeights"/>, or null.</summary>
    public float[][]? Weights { get; protected set; }

    protected NetworkPlan Plan { get; }

    protected NetworkShape Shape => Plan.Shape;

    protected ulong Seed { get; }

    protected Recipe Recipe { get; }

    /// <summary>Bytes of all weights, with scale and shift of normalisations.</summary>
    protected long WeightBytes => sizeof(float) * (Shape.ParameterCount + (2L * Norms.Sum(static step => step.Channels)));

    /// <summary>Bytes of the running statistics of normalisations.</summary>
    protected long StatisticBytes => 2L * sizeof(float) * Plan.NormalizedChannels;

    private IEnumerable<PlanStep.Normalize> Norms => Plan.Leaves.OfType<PlanStep.Normalize>();

    /// <summary>Learns one task. Where tasks are independent, several threads may each learn one.</summary>
    /// <param name="task">Task index; tasks that depend on one another come in order.</param>
    /// <param name="data">Its data.</param>
    /// <param name="report">Called after every batch with batches done and the batch's mean loss in nats.</param>
    /// <param name="cancellationToken">Stops between batches; the task is then not learned.</param>
    /// <returns>The network that answers for the task now.</returns>
    /// <exception cref="ArgumentException">The data do not fit the network.</exception>
    /// <exception cref="InvalidOperationException">Another task comes next.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public RivalNetwork Learn(int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        bool sequential = task < SequentialTasks;
        if (sequential ? task != Learned : Learned < SequentialTasks)
            throw new InvalidOperationException($"task {Learned} comes next, not task {task}");
        RivalNetwork network = Start(task);
        try
        {
            Train(network, task, data, report, cancellationToken);
        }
        catch
        {
            network.Dispose();
            throw;
        }

        if (sequential) (Learned, Weights) = (task + 1, Kept(network, data));
        return network;
    }

    /// <summary>The network that answers for a learned task now. Thread-safe while nothing is learned.</summary>
    /// <param name="task">A learned task; of a rival that forgets, since other methods keep no task's own parameters.</param>
    /// <exception cref="ArgumentException">The task was not learned, or its parameters are not kept.</exception>
    public RivalNetwork Open(int task) =>
        Forgets && task < Learned
            ? Start(task)
            : throw new ArgumentException(
                $"task {task} cannot be opened: {Learned} tasks were learned, and none keeps parameters of its own");

    /// <summary>Bytes that must be kept to predict every one of some tasks, what they share included.</summary>
    /// <param name="tasks">Number of tasks.</param>
    public abstract long Bytes(int tasks);

    /// <summary>Writes what later tasks build on: shared weights; nothing that only learned tasks need.</summary>
    /// <param name="stream">Receives it.</param>
    public void Save(Stream stream) => _file.Write(stream, Learned, Weights);

    /// <summary>Goes on from what <see cref="Save"/> wrote.</summary>
    /// <param name="stream">What was written.</param>
    /// <exception cref="InvalidDataException">It was written by another method or network, or is damaged.</exception>
    public void Load(Stream stream) => (Learned, Weights) = _file.Read(stream);

    /// <summary>The network that a task starts from, and, where tasks share all weights, that answers for it.</summary>
    protected abstract RivalNetwork Start(int task);

    protected virtual void Train(
        RivalNetwork network, int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken) =>
        RivalTraining.Run(network, Recipe, Seed, task, data, report, cancellationToken);

    /// <summary>What later tasks build on, once a task is learned.</summary>
    protected virtual float[][] Kept(RivalNetwork network, ClassificationTask data) => network.ReadWeights();

    /// <summary>Weights from a draw of each layer, normalisations as they begin.</summary>
    /// <param name="draw">Draws a layer of a shape by its index and a seed, [fan-in, out].</param>
    /// <param name="seed">The seed.</param>
    protected float[][] Draw(Func<NetworkShape, int, ulong, float[]> draw, ulong seed) =>
        [.. Shape.Layers.Select((_, l) => draw(Shape, l, seed)), .. Norms.Select(RivalNorm.Initial)];

    /// <summary>How the authors' code trains weights: over pictures Adam 1e-3, falling along a cosine, with an L2 decay of 1e-4; chains
    /// RMSProp 1e-4 without a schedule.</summary>
    /// <param name="plan">The network.</param>
    protected static Recipe OfWeights(NetworkPlan plan) => plan.IsDense ? Recipes.Get("paper") : Adam(1e-3, "cosine");

    /// <summary>Adam with the authors' L2 decay.</summary>
    /// <param name="rate">Learning rate at first.</param>
    /// <param name="schedule">Its schedule.</param>
    protected static Recipe Adam(double rate, string schedule) => new()
    {
        Name = "adam",
        Optimizer = "adam",
        LearningRate = rate,
        WeightDecay = Decay,
        Schedule = schedule,
        Batches = 1,
        BatchSize = 1,
    };
}
