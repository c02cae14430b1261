using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// What a coordinator knows of its model, the record and the directory of tasks, and how much of that is stored. State is immutable and
/// replaced in one step between awaits; changes share writes. Used in grain turns only.
/// </summary>
internal sealed class StoredModel
{
    private readonly GrainRecord<ModelState> _record;
    private readonly DirectoryPages _pages;
    private readonly SharedWrite _writes;
    private readonly Action _onConflict;

    // What is known, and on its way to the store.
    private readonly List<int> _changedPositions = [];
    private ImmutableDictionary<int, int> _positions = ImmutableDictionary<int, int>.Empty;
    private TaskNameIndex _names = new();
    private bool _modelChanged;
    private long _changes;
    private long _durableChanges;

    /// <summary>Knows nothing yet.</summary>
    /// <param name="records">The store.</param>
    /// <param name="grain">The coordinator.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="onConflict">Ends the activation: what it knows is not what is stored.</param>
    public StoredModel(GrainRecords records, GrainId grain, string name, Action onConflict)
    {
        _record = records.Open<ModelState>(StorageNames.Model, grain, onConflict);
        _pages = new DirectoryPages(records, name, onConflict);
        _writes = new SharedWrite(WriteAsync);
        _onConflict = onConflict;
    }

    /// <summary>The model, with changes that are on their way to the store.</summary>
    public ModelState Model { get; private set; } = new();

    /// <summary>Tasks by position, with changes that are on their way to the store.</summary>
    public ImmutableList<DirectoryEntry> Entries { get; private set; } = [];

    /// <summary>The definition, as it is stored; null where the model was not created.</summary>
    public ModelSpec? DurableSpec { get; private set; }

    /// <summary>Tasks by position, as they are stored.</summary>
    public ImmutableList<DirectoryEntry> DurableEntries { get; private set; } = [];

    /// <summary>The directory, as it is stored.</summary>
    public TaskDirectory Directory { get; private set; } = TaskDirectory.Empty;

    /// <summary>What changed in the directory.</summary>
    public ChangeLog Log { get; private set; } = new(0);

    /// <summary>Finds a task that was learned, removed or not.</summary>
    /// <param name="task">Its index.</param>
    /// <param name="position">Its position.</param>
    public bool TryFind(int task, out int position) => _positions.TryGetValue(task, out position);

    /// <summary>Whether a task was learned, removed or not.</summary>
    /// <param name="task">Its index.</param>
    public bool Has(int task) => _positions.ContainsKey(task);

    /// <summary>As <see cref="Has"/>, and that is stored.</summary>
    /// <param name="task">Its index.</param>
    public bool HasDurably(int task) => TryFind(task, out int position) && position < DurableEntries.Count;

    /// <summary>The tasks that are, or were, called so and are not removed, with changes that are on their way to the store.</summary>
    /// <param name="name">The name.</param>
    public IEnumerable<TaskSummary> Called(string name) => _names.Find(name).Select(position => Entries[position].Task);

    /// <summary>Enters a task.</summary>
    /// <param name="position">Its position, or the number of tasks for a new one.</param>
    /// <param name="entry">What is entered.</param>
    public void Enter(int position, DirectoryEntry entry)
    {
        _names.Change(position, position == Entries.Count ? null : Entries[position], entry);
        Entries = position == Entries.Count ? Entries.Add(entry) : Entries.SetItem(position, entry);
        _positions = _positions.SetItem(entry.Task.Task, position);
        _changedPositions.Add(position);
        _changes++;

        // The pages tell it as well: the record is not written for it.
        if (entry.Task.Task >= Model.NextTask) Model = Model with { NextTask = entry.Task.Task + 1 };
    }

    /// <summary>Changes the model.</summary>
    /// <param name="next">What it is from now on.</param>
    public void Change(ModelState next)
    {
        Model = next;
        _modelChanged = true;
        _changes++;
    }

    /// <summary>Starts from what is stored.</summary>
    public async Task ReadAsync()
    {
        ModelState model = await _record.ReadAsync();
        ImmutableList<DirectoryEntry> entries = model.Spec is null ? [] : await _pages.ReadAsync();
        if (!model.Tasks.IsEmpty)
        {
            // Stored before there were pages. A crash in between leaves both, and the list is then the same.
            entries = [.. model.Tasks.Select(task => new DirectoryEntry(task, IsRemoved: false))];
            await _pages.WriteAsync(entries, Enumerable.Range(0, entries.Count));
            await _record.WriteAsync(model = model with { Tasks = [] });
        }

        _changedPositions.Clear();
        _modelChanged = false;
        DurableSpec = model.Spec;
        Model = model with { NextTask = Math.Max(model.NextTask, entries.IsEmpty ? 0 : entries.Max(entry => entry.Task.Task) + 1) };
        Entries = DurableEntries = entries;
        _positions = entries.Select((entry, position) => KeyValuePair.Create(entry.Task.Task, position)).ToImmutableDictionary();
        _names = new TaskNameIndex();
        foreach ((int position, DirectoryEntry entry) in entries.Index()) _names.Change(position, null, entry);
        Directory = TaskDirectory.Of(model.Incarnation).With(Changes(entries, Enumerable.Range(0, entries.Count)));
        Log = new ChangeLog(Directory.Revision);
    }

    /// <summary>Returns when every change made so far is stored.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task DurableAsync(CancellationToken cancellationToken)
    {
        long mine = _changes;
        return _writes.UntilAsync(() => _durableChanges >= mine, cancellationToken);
    }

    /// <summary>Deletes the directory, then the record but for the number that a model of the same name goes on from. What is known stays,
    /// until it is read again.</summary>
    public async Task DeleteAsync()
    {
        await _pages.DeleteAsync(Entries.Count);
        await _record.WriteAsync(new ModelState { Incarnation = Model.Incarnation + 1 });
    }

    private static IEnumerable<DirectoryChange> Changes(ImmutableList<DirectoryEntry> entries, IEnumerable<int> positions) =>
        positions.Select(position => new DirectoryChange(position, entries[position].Slot));

    private async Task WriteAsync()
    {
        (long covered, ModelState model, ImmutableList<DirectoryEntry> entries, int[] changed, bool modelChanged) =
            (_changes, Model, Entries, [.. _changedPositions.Distinct().Order()], _modelChanged);
        _changedPositions.Clear();
        _modelChanged = false;
        try
        {
            if (modelChanged) await _record.WriteAsync(model);
            await _pages.WriteAsync(entries, changed);
            _durableChanges = covered;
            DurableSpec = model.Spec;
            DurableEntries = entries;
            Directory = Directory.With(Changes(entries, changed));
            Log.Add(Directory.Revision, changed);
        }
        catch (Exception e)
        {
            // What memory knows is ahead of the store now, and who comes next writes all of it. A store that does not answer
            // must not keep those from what is durable who only ask; after anything else, start again from what is stored.
            _changedPositions.AddRange(changed);
            _modelChanged |= modelChanged;
            if (modelChanged || e is not SupSupException { Error: SupSupError.Unavailable }) _onConflict();
            throw;
        }
    }
}
