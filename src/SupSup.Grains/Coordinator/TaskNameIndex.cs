namespace SupSup.Grains.Coordinator;

/// <summary>Finds the tasks of a model that are, or were, called so, however many there are. Used in grain turns only.</summary>
internal sealed class TaskNameIndex
{
    private readonly Dictionary<string, List<int>> _positions = new(StringComparer.Ordinal);

    /// <summary>The positions of tasks that are or were called so, ascending.</summary>
    /// <param name="name">The name.</param>
    public IReadOnlyList<int> Find(string name) => _positions.TryGetValue(name, out List<int>? found) ? found : [];

    /// <summary>Notes what is at a position now.</summary>
    /// <param name="position">The position.</param>
    /// <param name="before">What was there; null for nothing.</param>
    /// <param name="now">What is there.</param>
    public void Change(int position, DirectoryEntry? before, DirectoryEntry now)
    {
        foreach (string name in Names(before))
        {
            List<int> found = _positions[name];
            found.Remove(position);
            if (found.Count == 0) _positions.Remove(name);
        }

        foreach (string name in Names(now))
        {
            if (!_positions.TryGetValue(name, out List<int>? found)) _positions.Add(name, found = []);
            int at = found.BinarySearch(position);
            if (at < 0) found.Insert(~at, position);
        }
    }

    private static IEnumerable<string> Names(DirectoryEntry? entry) => entry is not { IsRemoved: false, Task: { } task } ? []
        : task.FormerNames.Append(task.Names?.Task).OfType<string>().Distinct(StringComparer.Ordinal);
}
