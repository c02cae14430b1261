using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>
/// Masks of a network that is no chain of linear layers, each as it is, with its statistics: such masks are run, and no scan reads them.
/// </summary>
/// <param name="network">The network of its masks.</param>
public sealed class PlainBank(FixedNetwork network) : IMaskBank
{
    private readonly Lock _gate = new();
    private volatile Snapshot _held = new(network, ImmutableDictionary<int, TaskMask>.Empty);

    /// <inheritdoc/>
    public IBankSnapshot Held => _held;

    /// <inheritdoc/>
    public long MemoryBytes =>
        (long)_held.Count * (network.Shape.PackedBytes + ChannelStatistics.Size(network.Plan.NormalizedChannels));

    /// <inheritdoc/>
    public void Put(IReadOnlyCollection<KeyValuePair<int, TaskMask>> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        foreach ((int slot, TaskMask mask) in masks)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(slot);
            mask.CheckFits(network.Plan);
        }

        lock (_gate) _held = new Snapshot(network, _held.Masks.SetItems(masks));
    }

    /// <inheritdoc/>
    public void Remove(int slot)
    {
        lock (_gate) _held = new Snapshot(network, _held.Masks.Remove(slot));
    }

    /// <inheritdoc/>
    public BankArrangement? Arrange() => null;

    private sealed record Snapshot(FixedNetwork Network, ImmutableDictionary<int, TaskMask> Masks) : IBankSnapshot
    {
        public int Count => Masks.Count;

        public TaskMask this[int slot] =>
            Masks.TryGetValue(slot, out TaskMask? mask) ? mask : throw new ArgumentException($"slot {slot} of the mask bank is empty");

        public bool Contains(int slot) => Masks.ContainsKey(slot);

        public MaskCounts Superimpose(ImmutableArray<int> slots)
        {
            MaskCounts counts = new(Network.Shape);
            foreach (int slot in slots) counts.Add(this[slot]);
            return counts;
        }
    }
}
