using SupSup.Grains.Interfaces.Models;

namespace Intents;

/// <summary>
/// The batches that a domain is learned from. The last one has sentences that no other had: by the last batch the silo measures how
/// typical sentences of the domain are for its mask, and one that knows its sentences by heart would take all new ones for untypical.
/// </summary>
internal sealed class Lessons
{
    // Of fewer, the silo keeps no measure of what is typical.
    private const int HeldBackAtLeast = 100;
    private readonly InputBatch _inputs;
    private readonly int[] _labels;
    private readonly int[] _order;
    private readonly int _heldBack;

    public Lessons(InputBatch inputs, int[] labels)
    {
        (_inputs, _labels) = (inputs, labels);
        _order = [.. Enumerable.Range(0, labels.Length)];
        new Random(0).Shuffle(_order);
        int enough = Math.Max(HeldBackAtLeast, labels.Length / 10);
        _heldBack = labels.Length >= 2 * enough ? enough : 0;
    }

    /// <summary>How many there are.</summary>
    public static int Count => 300;

    private static int BatchSize => 128;

    /// <summary>A batch by its number; always the same one, so that a training that was cut off goes on.</summary>
    public LabelledBatch Batch(int number)
    {
        Random random = new(number);
        int[] rows = number == Count - 1 && _heldBack > 0
            ? _order[.._heldBack]
            : [.. Enumerable.Range(0, BatchSize).Select(_ => _order[random.Next(_heldBack, _order.Length)])];
        return new LabelledBatch { Inputs = _inputs.Select(rows), Labels = [.. rows.Select(row => _labels[row])] };
    }
}
