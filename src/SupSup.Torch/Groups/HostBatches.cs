using System.Runtime.InteropServices;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SupSup.Torch.Groups;

/// <summary>
/// Batches that are made on the host, for images that vary or are streamed: those of <see cref="TrainingBatches"/>. Threads make them ahead
/// of the device, in memory that a GPU reads by itself.
/// </summary>
internal sealed class HostBatches : IGroupBatches
{
    // Batches that are made ahead may take so much memory; one is made ahead in any case.
    private const long MostBytes = 1L << 29;

    private readonly TrainingBatches[] _tasks;
    private readonly (Tensor Inputs, Tensor Labels)[] _slots;
    private readonly Task[] _made;
    private readonly Device _device;

    /// <summary>Starts behind the batches that the tasks have seen.</summary>
    /// <param name="tasks">The tasks, all at the same position.</param>
    /// <param name="network">The network, whose seed gives the tasks theirs.</param>
    /// <param name="recipe">The recipe, which holds no examples back.</param>
    /// <param name="most">Batches ahead at most; the number that are is a divisor of it.</param>
    /// <param name="device">The device.</param>
    public HostBatches(IReadOnlyList<TrainingJob> tasks, FixedNetwork network, Recipe recipe, int most, Device device)
    {
        _device = device;
        _tasks = [.. tasks.Select(task =>
        {
            ulong seed = TaskSeed.Derive(network.Seed, task.Index);
            return new TrainingBatches(task.Data, recipe, seed, TrainingExamples.Of(task.Data, recipe, seed).Train, task.Position);
        })];
        long[] sizes = [tasks.Count, recipe.BatchSize, network.Plan.Inputs];
        long bytes = sizes.Aggregate((long)sizeof(float), (product, size) => product * size);
        Ahead = Enumerable.Range(1, most).Last(ahead => ahead == 1 || (most % ahead == 0 && ahead * bytes <= MostBytes));
        _slots = [.. Enumerable.Range(0, Ahead).Select(_ => (Room(sizes, float32), Room([sizes[0], sizes[1], 1], int64)))];
        _made = [.. Enumerable.Repeat(Task.CompletedTask, Ahead)];
    }

    public int Ahead { get; }

    public void Load(int batches)
    {
        Task before = Task.CompletedTask;
        for (int slot = 0; slot < batches; slot++) before = _made[slot] = FillAsync(before, slot);
    }

    public (Tensor Inputs, Tensor Labels) Make(int batch)
    {
        _made[batch].GetAwaiter().GetResult();
        return (OnDevice(_slots[batch].Inputs), OnDevice(_slots[batch].Labels));

        Tensor OnDevice(Tensor host) => empty(host.shape, host.dtype, _device).copy_(host, true);
    }

    public void Dispose()
    {
        // Errors that nobody asked for any more.
        Task.WhenAll(_made).ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        foreach (TrainingBatches task in _tasks) task.Dispose();
        foreach ((Tensor inputs, Tensor labels) in _slots)
        {
            inputs.Dispose();
            labels.Dispose();
        }
    }

    private async Task FillAsync(Task before, int slot)
    {
        await before.ConfigureAwait(false);
        await Task.WhenAll(_tasks.Select((_, task) => Task.Run(() => Fill(task, slot)))).ConfigureAwait(false);
    }

    private void Fill(int task, int slot)
    {
        using Tensor inputs = _slots[slot].Inputs.select(0, task);
        using Tensor labels = _slots[slot].Labels.select(0, task);
        Span<long> classes = MemoryMarshal.Cast<byte, long>(labels.bytes);
        int[] drawn = new int[classes.Length];
        _tasks[task].Next(MemoryMarshal.Cast<byte, float>(inputs.bytes), drawn);
        for (int row = 0; row < drawn.Length; row++) classes[row] = drawn[row];
    }

    private Tensor Room(long[] sizes, ScalarType type)
    {
        Tensor room = empty(sizes, type);
        if (_device.type == DeviceType.CPU) return room;
        using (room) return room.pin_memory();
    }
}
