using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;

namespace SupSup.Experiments.Learners;

/// <summary>The masks learned so far, in order and ready to be scanned. Not thread-safe.</summary>
/// <param name="network">The fixed network.</param>
/// <param name="classes">Number of real classes.</param>
internal sealed class MaskSet(FixedNetwork network, int classes)
{
    private readonly MaskBank _bank = new(network);
    private readonly List<PackedMask> _masks = [];

    /// <summary>Number of masks.</summary>
    public int Count => _masks.Count;

    /// <summary>One mask.</summary>
    public PackedMask this[int index] => _masks[index];

    /// <summary>Adds masks behind those there are.</summary>
    public void Add(IReadOnlyList<PackedMask> masks)
    {
        _bank.Put([.. masks.Select((mask, n) => KeyValuePair.Create(_masks.Count + n, mask))]);
        _masks.AddRange(masks);
    }

    /// <summary>Replaces a mask.</summary>
    public void Replace(int index, PackedMask mask)
    {
        _bank.Put(index, mask);
        _masks[index] = mask;
    }

    /// <summary>The superposition of all.</summary>
    public Superposition Superimpose() => new(network, [.. _masks], _bank.Snapshot, classes);

    /// <summary>What scans read.</summary>
    public BankSnapshot Snapshot => _bank.Snapshot;

    /// <summary>All masks.</summary>
    public ImmutableArray<PackedMask> All => [.. _masks];
}
