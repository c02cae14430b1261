using System.Diagnostics;
using SupSup.Core.Datasets;
using SupSup.Core.Devices;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Core.Training.Groups;

/// <summary>
/// Trains many tasks at once on one device, in batched matrix products: what makes a GPU worth its while, for which one
/// task is too little work. The method, the random numbers and the order of examples are those of
/// <see cref="TaskTrainer"/>; sums are taken in another order, so masks differ where rounding decides. The training images
/// of the last dataset stay on the device between groups. Not thread-safe.
/// </summary>
/// <param name="device">The device.</param>
public sealed class GroupTrainer(ComputeDevice device) : IDisposable
{
    /// <summary>Batches between two reports. Reading losses waits for the device, so it is not done after every batch.</summary>
    public const int BatchesPerReport = 10;

    private readonly Device _device = device.ToTorch();
    private DeviceImages? _images;

    /// <summary>Runs the recipe on every task, on the calling thread.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">The mask rule.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="tasks">The tasks, at least one, of one dataset; all new, or all from checkpoints after the same number of batches.</param>
    /// <param name="cancellationToken">Stops all between batches.</param>
    /// <returns>A mask for each task, its duration an equal share of the group's; null where the task was stopped.</returns>
    /// <exception cref="ArgumentException">The tasks do not fit the network or one another, the recipe is not valid, or rule or optimiser cannot be used in groups.</exception>
    /// <exception cref="OperationCanceledException">All were stopped by <paramref name="cancellationToken"/>.</exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device failed, for want of memory for instance.</exception>
    public TrainedMask?[] Train(FixedNetwork network, IMaskRule rule, Recipe recipe, IReadOnlyList<TrainingJob> tasks, CancellationToken cancellationToken)
    {
        FreedMemory.Keep();
        Check(network, recipe, tasks);
        long start = Stopwatch.GetTimestamp();
        using GroupSession session = new(network, rule, recipe, tasks, _device);
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

        TimeSpan share = Stopwatch.GetElapsedTime(start) / tasks.Count;
        return [.. tasks.Select((task, n) => IsStopped(task) ? null : new TrainedMask(session.Mask(n), sums.MeanOfTail(n), share))];
    }

    /// <inheritdoc/>
    public void Dispose() => _images?.Dispose();

    private static bool IsStopped(TrainingJob task) => task.Stop.IsCancellationRequested;

    private static void Check(FixedNetwork network, Recipe recipe, IReadOnlyList<TrainingJob> tasks)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0) throw new ArgumentException("a group needs at least one task");
        foreach (TrainingJob task in tasks)
        {
            task.CheckFits(network.Shape, recipe.Validated());
            if (task.Data.Dataset != tasks[0].Data.Dataset)
                throw new ArgumentException($"the tasks of a group must have one dataset, not {tasks[0].Data.Dataset.Name} and {task.Data.Dataset.Name}");
            if (task.Position != tasks[0].Position)
                throw new ArgumentException($"the tasks of a group must continue from one position, not from {tasks[0].Position} and {task.Position} batches");
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
            if (!IsStopped(tasks[n])) tasks[n].OnBatches?.Invoke(session.BatchesDone, sums.Last(n), () => session.Capture(task, sums.Tail(task)));
        }
    }

    private DeviceImages Images(ImageDataset dataset)
    {
        if (_images?.Dataset == dataset) return _images;
        _images?.Dispose();
        _images = null;
        return _images = new DeviceImages(dataset, _device);
    }
}
