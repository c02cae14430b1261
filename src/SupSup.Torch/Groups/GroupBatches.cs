using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>
/// Batches of images that are on the device already, by each task's own order of pixels. What crosses to the device is the numbers of the
/// images, for several batches in one copy.
/// </summary>
internal sealed class GroupBatches : IGroupBatches
{
    private readonly DeviceImages _images;
    private readonly ClassificationTask[] _tasks;
    private readonly BatchOrder[] _orders;
    private readonly int[] _drawn;
    private readonly int _rows;
    private readonly Tensor _examples;
    private readonly Tensor _source;
    private readonly Tensor _classes;

    /// <summary>Starts behind the batches that the tasks have seen.</summary>
    /// <param name="images">The images of the tasks' dataset.</param>
    /// <param name="tasks">The tasks, all at the same position.</param>
    /// <param name="network">The network, whose seed gives the tasks theirs.</param>
    /// <param name="rows">Examples per batch.</param>
    /// <param name="ahead">Batches per copy.</param>
    /// <param name="device">The device.</param>
    public GroupBatches(DeviceImages images, IReadOnlyList<TrainingJob> tasks, FixedNetwork network, int rows, int ahead, Device device)
    {
        _images = images;
        Ahead = ahead;
        _rows = rows;
        _tasks = [.. tasks.Select(task => task.Data)];
        _orders = [.. tasks.Select(task => new BatchOrder(task.Data.TrainCount, TaskSeed.Derive(network.Seed, task.Index)))];
        _drawn = new int[ahead * tasks.Count * rows];
        _examples = zeros([ahead, tasks.Count, rows], int32, device);
        _source = tensor(
            [.. _tasks.SelectMany(task => task.Source).Select(DeviceImages.Column)], [tasks.Count, 1, network.Plan.Inputs], int64, device);
        int labels = images.Dataset.Classes;
        _classes = tensor(
            [.. _tasks.SelectMany(task => Enumerable.Range(0, labels).Select(label => (long)task.ClassOf(label)))], [tasks.Count, labels],
            int64, device);
        for (int done = 0; done < tasks[0].Position; done++) Draw(1);
    }

    public int Ahead { get; }

    public void Load(int batches)
    {
        Draw(batches);
        using Tensor drawn = tensor(_drawn, _examples.shape, int32);
        _examples.copy_(drawn);
    }

    public (Tensor Inputs, Tensor Labels) Make(int batch)
    {
        using Tensor examples = _examples.select(0, batch);
        return _images.Gather(examples, _source, _classes);
    }

    public void Dispose()
    {
        _examples.Dispose();
        _source.Dispose();
        _classes.Dispose();
    }

    // In parallel, since a new epoch is a shuffle of all examples, and all tasks come to it at once.
    private void Draw(int batches) => Parallel.For(0, _orders.Length, task =>
    {
        for (int batch = 0; batch < batches; batch++)
        {
            Span<int> drawn = _drawn.AsSpan((batch * _orders.Length + task) * _rows, _rows);
            _orders[task].Next(drawn);
            foreach (ref int example in drawn) example = _tasks[task].TrainImage(example);
        }
    });
}
