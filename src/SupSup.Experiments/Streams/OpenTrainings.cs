using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Random;
using SupSup.Core.Streams;
using SupSup.Core.Teams;
using SupSup.Core.Training;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Streams;

/// <summary>
/// The masks of a stream whose schedule has not run out: the few used last in memory, the others put aside as files.
/// </summary>
/// <param name="network">The fixed network.</param>
/// <param name="rule">How scores become a mask.</param>
/// <param name="recipe">The recipe; each mask goes through its schedule by its own batches.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="team">Threads that share the steps.</param>
internal sealed class OpenTrainings(FixedNetwork network, IMaskRule rule, Recipe recipe, RunFolder folder, ITeam team) : IDisposable
{
    private readonly LinkedList<(int Id, TrainingSession Session)> _inMemory = new();

    /// <summary>Numbers of the masks in memory, the one used last first.</summary>
    public IEnumerable<int> Recent => _inMemory.Select(entry => entry.Id);

    /// <summary>The training of a mask; a new one, or on from where it was put aside.</summary>
    public TrainingSession this[StreamMask mask]
    {
        get
        {
            if (_inMemory.First is { } first && first.Value.Id == mask.Id) return first.Value.Session;
            (int Id, TrainingSession Session) found = _inMemory.FirstOrDefault(entry => entry.Id == mask.Id);
            if (found.Session is not null) _inMemory.Remove(found);
            else found = (mask.Id, Start(mask));
            _inMemory.AddFirst(found);
            if (_inMemory.Count > VerifiedAllocation.MostOpen) PutAside();
            return found.Session;
        }
    }

    /// <summary>The mask that the training of a new one starts from.</summary>
    /// <param name="id">The new one's number.</param>
    public TaskMask Untrained(int id)
    {
        using TrainingSession session = Start(new StreamMask { Id = id });
        return session.Mask();
    }

    public bool Has(StreamMask mask) => _inMemory.Any(entry => entry.Id == mask.Id);

    /// <summary>Ends the training of a mask.</summary>
    public void Close(StreamMask mask)
    {
        (int Id, TrainingSession Session) found = _inMemory.FirstOrDefault(entry => entry.Id == mask.Id);
        if (found.Session is null) return;
        _inMemory.Remove(found);
        found.Session.Dispose();
    }

    /// <summary>Writes all that are in memory.</summary>
    public void Save()
    {
        foreach ((int id, TrainingSession session) in _inMemory) Write(id, session);
    }

    /// <summary>Removes the files that no mask goes on from; to be called when what is saved says so too.</summary>
    /// <param name="masks">The masks as saved.</param>
    public void Prune(IEnumerable<StreamMask> masks)
    {
        if (!Directory.Exists(folder.File("open"))) return;
        HashSet<string> wanted = [.. masks.Where(mask => !mask.IsFinished).Select(mask => FileOf(mask.Id, mask.Batches))];
        foreach (string file in Directory.EnumerateFiles(folder.File("open")).Where(file => !wanted.Contains(file))) File.Delete(file);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, TrainingSession session) in _inMemory) session.Dispose();
    }

    private TrainingSession Start(StreamMask mask) => mask.Batches == 0
        ? new TrainingSession(network, rule, recipe, TaskSeed.Derive(network.Seed, mask.Id), team)
        : new TrainingSession(network, rule, recipe, CheckpointFile.Read(FileOf(mask.Id, mask.Batches)), team);

    private void PutAside()
    {
        (int id, TrainingSession session) = _inMemory.Last!.Value;
        _inMemory.RemoveLast();
        Write(id, session);
        session.Dispose();
    }

    private void Write(int id, TrainingSession session) => CheckpointFile.Write(FileOf(id, session.BatchesDone), session.Capture());

    // Named by how far it is: what an older save goes on from stays until a newer one is whole.
    private string FileOf(int id, int batches) => folder.File($"open/{id:D5}-{batches}.bin");
}
