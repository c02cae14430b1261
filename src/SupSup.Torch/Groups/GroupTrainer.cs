using System.Diagnostics;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Training;
using SupSup.Torch.Devices;
using SupSup.Torch.Engines;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>Groups on libtorch. The training images of the last dataset stay on the device between groups.</summary>
/// <param name="device">The device.</param>
/// <param name="threads">Threads that libtorch may use on the host; null for its own choice.</param>
/// <param name="memory">Bytes of the device's memory; null for all that it has.</param>
internal sealed class GroupTrainer(ComputeDevice device, int? threads = null, long? memory = null) : IGroupTrainer
{
    /// <summary>Batches between two reports at most. Reading losses waits for the device, so it is not done after every batch.</summary>
    public const int BatchesPerReport = 10;

    private readonly Device _device = device.ToTorch();
    private readonly Lazy<long> _memory = new(() => memory ?? DeviceMemory.Bytes(device));
    private DeviceImages? _images;

    /// <inheritdoc/>
    public TrainedMask?[] Train(
        FixedNetwork network, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, CancellationToken cancellationToken)
    {
        FreedMemory.Keep();
        if (threads is { } some) set_num_threads(some); // of the calling thread
        Check(network, recipe, tasks);
        if (recipe.ValidationShare > 0) return TrainEach(network, rule, recipe, tasks, cancellationToken);

        // As few groups as memory allows, and all about as large.
        int groups = (int)Math.Ceiling((double)tasks.Count / GroupMemory.TasksAtOnce(network.Plan, recipe, _memory.Value));
        return [.. tasks.Chunk((tasks.Count + groups - 1) / groups)
            .SelectMany(group => TrainTogether(network, rule, recipe, group, cancellationToken))];
    }

    /// <inheritdoc/>
    public void Dispose() => _images?.Dispose();

    private static bool IsStopped(TrainingJob task) => task.Stop.IsCancellationRequested;

    private TrainedMask?[] TrainTogether(
        FixedNetwork network, IMaskRule rule, Recipe recipe, TrainingJob[] tasks, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        using GroupSession session = new(network, rule, recipe, tasks, _device);
        using IGroupBatches batches = Batches(network, recipe, tasks);
        using Tensor losses = zeros([BatchesPerReport, tasks.Length], float32, _device);
        GroupLosses sums = new(recipe, tasks);
        while (session.BatchesDone < recipe.Batches && !tasks.All(IsStopped))
        {
            int first = session.BatchesDone;
            int count = Math.Min(batches.Ahead, recipe.Batches - first);
            batches.Load(count);
            for (int batch = 0; batch < count; batch++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope step = NewDisposeScope();
                (Tensor inputs, Tensor labels) = batches.Make(batch);
                session.Step(inputs, labels, losses.select(0, batch));
            }

            sums.Add(first, count, Read(losses));
            Report(session, tasks, sums);
        }

        TaskMask?[] masks = [.. tasks.Select((task, n) => IsStopped(task) ? null : session.Mask(n))];
        EvidenceProfile?[] usual = new EvidenceProfile?[tasks.Length];
        Parallel.For(0, tasks.Length, n =>
        {
            if (masks[n] is { } mask) usual[n] = UsualEvidence.Of(network, mask, tasks[n].Data);
        });
        TimeSpan share = Stopwatch.GetElapsedTime(start) / tasks.Length;
        return [.. masks.Select((mask, n) => mask is null ? null : new TrainedMask(mask, sums.MeanOfTail(n), share, usual[n])
        {
            Scores = tasks[n].KeepsScores ? session.Scores(n) : null,
        })];
    }

    // What is the same image each time is on the device; what is not is made by the host.
    private IGroupBatches Batches(FixedNetwork network, Recipe recipe, TrainingJob[] tasks)
    {
        Dataset dataset = tasks[0].Data.Dataset;
        return recipe.VariesImages || recipe.ChoosesExamples || dataset.Train.Source is not null
            ? new HostBatches(tasks, network, recipe, BatchesPerReport, _device)
            : new GroupBatches(Images(dataset), tasks, network, recipe.BatchSize, BatchesPerReport, _device);
    }

    // Tasks that validate, each of which stops when it may, are trained each by itself; over pictures one is work enough for a GPU, so they
    // go there one after another.
    private TrainedMask?[] TrainEach(
        FixedNetwork network, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, CancellationToken cancellationToken)
    {
        TorchEngine? engine = network.Plan.IsDense || device.Gpu is null ? null : new TorchEngine(device, threads ?? 1);
        int atOnce = engine is null ? Environment.ProcessorCount : 1;
        TrainedMask?[] trained = new TrainedMask?[tasks.Count];
        Parallel.For(0, tasks.Count, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, n =>
        {
            TrainingJob task = tasks[n];
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(task.Stop, cancellationToken);
            try
            {
                trained[n] = TaskTrainer.Train(network, rule, recipe, task with { Stop = stop.Token, Engine = engine });
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // A task that was stopped gets no mask; where all were, that is said below.
            }
        });
        cancellationToken.ThrowIfCancellationRequested();
        return trained;
    }

    private static void Check(FixedNetwork network, Recipe recipe, IReadOnlyList<TrainingJob> tasks)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0) throw new ArgumentException("a group needs at least one task");
        foreach (TrainingJob task in tasks)
        {
            task.CheckFits(network.Plan, recipe.Validated());
            if (task.Data.Dataset != tasks[0].Data.Dataset)
                throw new ArgumentException(
                    $"the tasks of a group must have one dataset, not {tasks[0].Data.Dataset.Name} and {task.Data.Dataset.Name}");
            if (task.Position != tasks[0].Position)
                throw new ArgumentException(
                    $"the tasks of a group must continue from one position, not from {tasks[0].Position} and {task.Position} batches");
        }
    }

    private static float[] Read(Tensor losses)
    {
        using Tensor host = losses.cpu();
        return host.data<float>().ToArray();
    }

    private static void Report(GroupSession session, TrainingJob[] tasks, GroupLosses sums)
    {
        for (int n = 0; n < tasks.Length; n++)
        {
            int task = n;
            if (!IsStopped(tasks[n]))
                tasks[n].OnBatches?.Invoke(session.BatchesDone, sums.Last(n), () => session.Capture(task, sums.Tail(task)));
        }
    }

    private DeviceImages Images(Dataset dataset)
    {
        if (_images?.Dataset == dataset) return _images;
        _images?.Dispose();
        _images = null;
        return _images = new DeviceImages(dataset, _device);
    }
}
