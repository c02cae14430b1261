using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.TaskInference;

namespace SupSup.Experiments.Learners;

/// <summary>The masks learned so far, in order and, where the network is a chain of linear layers, ready to be scanned. Not
/// thread-safe.</summary>
/// <param name="network">The fixed network.</param>
/// <param name="classes">Number of real classes.</param>
internal sealed class MaskSet(FixedNetwork network, int classes)
{
    private readonly List<TaskMask> _masks = [];
    private MaskBank? _bank = Bank(network);
    private MaskCounts _counts = new(network.Shape);

    /// <summary>Number of masks.</summary>
    public int Count => _masks.Count;

    public TaskMask this[int index] => _masks[index];

    /// <summary>Adds masks behind those there are.</summary>
    public void Add(IReadOnlyList<TaskMask> masks)
    {
        _bank?.Put([.. masks.Select((mask, n) => KeyValuePair.Create(_masks.Count + n, mask))]);
        foreach (TaskMask mask in masks) _counts.Add(mask);
        _masks.AddRange(masks);
    }

    public void Replace(int index, TaskMask mask)
    {
        _bank?.Put(index, mask);
        _counts.Remove(_masks[index]);
        _counts.Add(mask);
        _masks[index] = mask;
    }

    /// <summary>Takes a mask out; those behind it move up.</summary>
    public void RemoveAt(int index)
    {
        TaskMask[] left = [.. _masks.Where((_, n) => n != index)];
        _masks.Clear();
        (_bank, _counts) = (Bank(network), new MaskCounts(network.Shape));
        Add(left);
    }

    /// <summary>The superposition of all; there must be one at least.</summary>
    /// <param name="usual">What is known of each mask's usual evidence.</param>
    public Superposition Superimpose(IEnumerable<EvidenceProfile?> usual)
    {
        _bank?.Arrange()?.Run();
        return new(network, [.. _masks], _bank?.Snapshot, _counts, classes, usual);
    }

    private static MaskBank? Bank(FixedNetwork network) => network.Plan.IsDense ? new(network) : null;
}
