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
internal sealed class GroupTrainer(ComputeDevice device, int? threads = null) : IGroupTrainer
{
    /// <summary>Batches between two reports. Reading losses waits for the device, so it is not done after every batch.</summary>
    public const int BatchesPerReport = 10;

    private readonly Device _device = device.ToTorch();
    private DeviceImages? _images;

    /// <inheritdoc/>
    public TrainedMask?[] Train(
        FixedNetwork network, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, CancellationToken cancellationToken)
    {
        FreedMemory.Keep();
        if (threads is { } some) set_num_threads(some); // of the calling thread
        Check(network, recipe, tasks);
        if (rule.Script is not { } script || recipe.ChoosesExamples || recipe.WeightDecay > 0 || recipe.VariesImages
            || !network.Plan.IsDense
            || tasks.Any(task => task.KeepsScores || task.StartScores is not null || task.Data.Dataset.Train.Source is not null))
            return TrainEach(network, rule, recipe, tasks, cancellationToken);
        long start = Stopwatch.GetTimestamp();
        using GroupSession session = new(network, script, recipe, tasks, _device);
        using GroupBatches batches = new(Images(tasks[0].Data.Dataset), tasks, network, recipe.BatchSize, BatchesPerReport, _device);
        using Tensor losses = zeros([BatchesPerReport, tasks.Count], float32, _device);
        GroupLosses sums = new(recipe, tasks);
        while (session.BatchesDone < recipe.Batches && !tasks.All(IsStopped))
        {
            int first = session.BatchesDone;
            int count = Math.Min(BatchesPerReport, recipe.Batches - first);
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
        EvidenceProfile?[] usual = new EvidenceProfile?[tasks.Count];
        Parallel.For(0, tasks.Count, n =>
        {
            if (masks[n] is { } mask) usual[n] = UsualEvidence.Of(network, mask, tasks[n].Data);
        });
        TimeSpan share = Stopwatch.GetElapsedTime(start) / tasks.Count;
        return [.. masks.Select((mask, n) => mask is null ? null : new TrainedMask(mask, sums.MeanOfTail(n), share, usual[n]))];
    }

    /// <inheritdoc/>
    public void Dispose() => _images?.Dispose();

    private static bool IsStopped(TrainingJob task) => task.Stop.IsCancellationRequested;

    // Tasks of a rule without a form in tensors are trained each by itself, and so are those that validate, each of which stops when it
    // may, and those whose images vary or are streamed, whose scores decay, or who pass scores on. Plans that are no chains have no group
    // either; one such task is work enough for a GPU, so they go there one after another.
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

    private static void Report(GroupSession session, IReadOnlyList<TrainingJob> tasks, GroupLosses sums)
    {
        for (int n = 0; n < tasks.Count; n++)
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
