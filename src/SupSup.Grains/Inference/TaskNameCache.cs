using SupSup.Grains.Coordinator;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Inference;

/// <summary>What people call the tasks that a replica answers with. Used in grain turns.</summary>
/// <param name="coordinator">The model's coordinator, which is asked for those that are not known yet. Where it is late, as while its
/// silo is lost, answers go without these.</param>
/// <param name="time">Measures its answers.</param>
internal sealed class TaskNameCache(ICoordinatorGrain coordinator, TimeProvider time)
{
    // Some MB at most; what is asked about again is asked for again.
    private const int Most = 4096;

    private readonly Patience _patience = new(TimeSpan.FromMilliseconds(600), time);
    private readonly Dictionary<(int Incarnation, int Task, int Changes), TaskNames?> _known = [];

    /// <summary>The names of tasks; those without names are left out.</summary>
    /// <param name="directory">The tasks that there are.</param>
    /// <param name="tasks">Which, as often as one likes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Dictionary<int, TaskNames>> FindAsync(
        TaskDirectory directory, IEnumerable<int> tasks, CancellationToken cancellationToken)
    {
        ShardSlot[] named =
        [
            .. tasks.Distinct().Select(directory.Find).OfType<int>().Select(position => directory[position]).Where(slot => slot.IsNamed),
        ];
        Dictionary<int, TaskNames> found = [];
        if (named.Length == 0) return found;
        ShardSlot[] missing = [.. named.Where(slot => !_known.ContainsKey(Key(slot)))];
        if (missing.Length > 0 && await AskAsync([.. missing.Select(slot => slot.Task)], cancellationToken) is { } names)
        {
            if (_known.Count + missing.Length > Most) _known.Clear();
            foreach ((ShardSlot slot, TaskNames? name) in missing.Zip(names))
            {
                if (name is not null) found[slot.Task] = name;
                _known[Key(slot)] = name;
            }
        }

        foreach (ShardSlot slot in named)
            if (_known.TryGetValue(Key(slot), out TaskNames? name) && name is not null) found[slot.Task] = name;
        return found;

        (int, int, int) Key(ShardSlot slot) => (directory.Incarnation, slot.Task, slot.Changes);
    }

    private async Task<TaskNames?[]?> AskAsync(int[] tasks, CancellationToken cancellationToken)
    {
        Task<TaskNames?[]> asked = coordinator.GetNamesAsync(tasks, cancellationToken);
        try
        {
            if (await _patience.IsInTimeAsync(asked, cancellationToken)) return await asked;
        }
        catch (Exception e) when (LostAnswers.Includes(e))
        {
            return null;
        }

        LostAnswers.Leave(asked);
        return null;
    }
}
