using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>
/// A set of tasks in superposition, ready to run. Passes hold it while they run; the native weights are freed when the
/// last pass over a superseded view ends. Used in grain turns only, so the count needs no lock.
/// </summary>
/// <param name="directory">The directory it was made from.</param>
/// <param name="parts">Its tasks, by shard.</param>
/// <param name="tasks">Number of its tasks.</param>
/// <param name="network">The superimposed network; null of one that is no chain of linear layers.</param>
/// <param name="weights">In its place the superimposed weights, per layer [out · in].</param>
/// <param name="leftOut">Positions whose masks could not be read.</param>
/// <param name="since">When it was made, a timestamp.</param>
internal sealed class SuperpositionView(
    TaskDirectory directory, ImmutableArray<ShardPart> parts, int tasks, EffectiveNetwork? network, float[][]? weights,
    ImmutableArray<int> leftOut, long since)
{
    // Of the view's own tasks alone: others must change nothing for a caller who does not see them.
    private readonly Lazy<double> _usual = new(() => Evidence.Usual(Slots(directory, parts).Select(slot => slot.UsualEvidence)));
    private readonly Lazy<double> _temperature =
        new(() => Evidence.Temperature(Slots(directory, parts).Select(slot => (double?)slot.EvidenceSpread?.Deviation)));
    private readonly Lazy<int[]> _classes = new(() => [.. Slots(directory, parts).Select(slot => slot.Classes).Distinct()]);
    private int _holders = 1;

    public TaskDirectory Directory => directory;

    public ImmutableArray<ShardPart> Parts => parts;

    public int Tasks => tasks;

    public EffectiveNetwork? Network => network;

    public float[][]? Weights => weights;

    public ImmutableArray<int> LeftOut => leftOut;

    public long Since => since;

    /// <summary>What makes probabilities of evidence, see <see cref="Evidence.Temperature"/>.</summary>
    public double Temperature => _temperature.Value;

    /// <summary>What to take from the evidence of the mask at a position, see <see cref="Evidence.Allowances"/>.</summary>
    public double Allowance(int position) => Evidence.Allowance(directory[position].UsualEvidence, _usual.Value);

    /// <summary>The largest number of classes of a task: outputs from there on are superfluous for all.</summary>
    /// <param name="spec">The model's definition, for tasks that do not say.</param>
    public int MostClasses(ModelSpec spec) => _classes.Value is { Length: > 0 } told ? told.Max(spec.ClassesOf) : spec.Classes;

    /// <summary>Keeps the view alive.</summary>
    public SuperpositionView Hold()
    {
        _holders++;
        return this;
    }

    /// <summary>Ends a hold; the maker's own hold is the first.</summary>
    /// <exception cref="InvalidOperationException">There is no hold left: a pass may be running on weights that were freed.</exception>
    public void Release()
    {
        if (_holders == 0) throw new InvalidOperationException("a superposition was released more often than it was held");
        if (--_holders == 0) network?.Dispose();
    }

    private static IEnumerable<ShardSlot> Slots(TaskDirectory directory, ImmutableArray<ShardPart> parts) => parts.SelectMany(
        part => part.Scope.Slots.Select(slot => directory[(part.Shard * TaskDirectory.ShardSize) + slot]));
}
