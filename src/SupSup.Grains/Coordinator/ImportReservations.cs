using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// Tasks whose masks are being stored by an import of many, which wakes no task grain. Orleans sees to it that a task has one grain; this
/// takes that one's place until they are stored. Used in grain turns only.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ImportReservations(TimeProvider time)
{
    /// <summary>For how long a task is kept for an import that is not heard of any more: longer than it takes to store its masks.</summary>
    public static readonly TimeSpan Lapse = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, (Guid Import, DateTimeOffset Until)> _tasks = [];

    /// <summary>Reserves tasks, all or none.</summary>
    /// <param name="import">The import.</param>
    /// <param name="tasks">Task indices.</param>
    /// <param name="model">The model's name, for the error.</param>
    /// <exception cref="SupSupException">Unavailable: another import has one.</exception>
    public void Begin(Guid import, IEnumerable<int> tasks, string model)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((int task, _) in _tasks.Where(pair => pair.Value.Until <= now).ToArray()) _tasks.Remove(task);
        int[] all = [.. tasks];
        foreach (int task in all)
            if (_tasks.TryGetValue(task, out (Guid Import, DateTimeOffset Until) other) && other.Import != import)
                throw Reserved(task, model);
        foreach (int task in all) _tasks[task] = (import, now + Lapse);
    }

    /// <summary>Gives an import's tasks free.</summary>
    /// <param name="import">The import.</param>
    /// <returns>Those that it still had.</returns>
    public IReadOnlySet<int> End(Guid import)
    {
        HashSet<int> had = [.. _tasks.Where(pair => pair.Value.Import == import).Select(pair => pair.Key)];
        foreach (int task in had) _tasks.Remove(task);
        return had;
    }

    /// <summary>Gives all tasks free: the model is gone.</summary>
    public void Clear() => _tasks.Clear();

    /// <summary>Checks that no import has a task.</summary>
    /// <param name="task">Its index.</param>
    /// <param name="model">The model's name, for the error.</param>
    /// <exception cref="SupSupException">Unavailable: one has.</exception>
    public void Check(int task, string model)
    {
        if (_tasks.TryGetValue(task, out (Guid Import, DateTimeOffset Until) reserved) && reserved.Until > time.GetUtcNow())
            throw Reserved(task, model);
    }

    private static SupSupException Reserved(int task, string model) =>
        new(SupSupError.Unavailable, $"task {task} of model '{model}' is being imported; ask again");
}
