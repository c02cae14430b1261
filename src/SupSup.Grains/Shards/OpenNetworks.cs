using Microsoft.Extensions.Options;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Grains.Compute;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Shards;

/// <summary>
/// One per silo: the networks of masks that were run, kept open for the next query up to `Compute:OpenNetworkBytes`. A query runs all masks
/// of its model, so what is kept stays: of more masks than there is room for, the least recently used is the next one wanted. What was
/// not run for a while makes room. A network that runs is taken out. Thread-safe.
/// </summary>
/// <param name="options">The bound.</param>
/// <param name="time">The clock.</param>
public sealed class OpenNetworks(IOptions<ComputeOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>How long a network is kept that others need the room of.</summary>
    public static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(1);

    private readonly long _most = options.Value.OpenNetworkBytes;
    private readonly Lock _gate = new();
    private readonly Dictionary<TaskMask, LinkedListNode<OpenNetwork>> _kept = new(ReferenceEqualityComparer.Instance);

    // The one that was run last comes last.
    private readonly LinkedList<OpenNetwork> _byUse = new();

    /// <summary>Number of networks that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _byUse.Count;
        }
    }

    /// <summary>Bytes that they hold.</summary>
    public long Bytes { get; private set; }

    /// <summary>Runs one mask.</summary>
    /// <param name="network">The model.</param>
    /// <param name="mask">The mask; another object is another mask.</param>
    /// <param name="inputs">Normalised inputs.</param>
    /// <param name="classes">Number of the task's classes.</param>
    /// <returns>One for each row.</returns>
    public MaskPrediction[] Predict(ModelNetwork network, TaskMask mask, InputBatch inputs, int classes)
    {
        IMaskedNetwork masked = Take(mask) ?? network.Open(mask);
        try
        {
            return masked.Predict(inputs.Values, inputs.Rows, classes);
        }
        finally
        {
            Keep(mask, masked);
        }
    }

    /// <summary>Closes the network of a mask that is no more.</summary>
    /// <param name="mask">The mask.</param>
    public void Forget(TaskMask mask) => Take(mask)?.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            while (_byUse.First is { } node) Remove(node).Dispose();
    }

    private IMaskedNetwork? Take(TaskMask mask)
    {
        lock (_gate) return _kept.TryGetValue(mask, out LinkedListNode<OpenNetwork>? node) ? Remove(node) : null;
    }

    private void Keep(TaskMask mask, IMaskedNetwork network)
    {
        long bytes = network.Trim();
        lock (_gate)
        {
            while (Bytes + bytes > _most && _byUse.First is { } oldest && time.GetElapsedTime(oldest.Value.Used) > IdleFor)
                Remove(oldest).Dispose();

            // Two threads may have run the same mask.
            LinkedListNode<OpenNetwork> node = new(new OpenNetwork(mask, network, bytes, time.GetTimestamp()));
            if (Bytes + bytes <= _most && _kept.TryAdd(mask, node))
            {
                _byUse.AddLast(node);
                Bytes += bytes;
                return;
            }
        }

        network.Dispose();
    }

    private IMaskedNetwork Remove(LinkedListNode<OpenNetwork> node)
    {
        _byUse.Remove(node);
        _kept.Remove(node.Value.Mask);
        Bytes -= node.Value.Bytes;
        return node.Value.Network;
    }

    private sealed record OpenNetwork(TaskMask Mask, IMaskedNetwork Network, long Bytes, long Used);
}
