using System.Text.Json;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Files;

/// <summary>
/// The folder of a run: config.json, what was learned so far, each checkpoint, and in the end results. A run that was
/// cut off goes on from it; a finished one is never overwritten. Every file is there whole or not at all.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string LockName = ".lock";

    private readonly Dictionary<int, TaskMask> _written = [];
    private readonly FileStream? _lock;

    private RunFolder(string path, FileStream? gate) => (Path, _lock) = (path, gate);

    public string Path { get; }

    /// <summary>Opens the folder of a run, or makes it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">What is to be run.</param>
    /// <exception cref="IOException">It holds another run, or cannot be written; the message names it and the remedy.</exception>
    public static RunFolder Open(string path, ExperimentConfig config)
    {
        path = System.IO.Path.GetFullPath(path);
        string file = System.IO.Path.Combine(path, "config.json");
        FileStream? gate = null;
        try
        {
            bool isNew = !System.IO.File.Exists(file);
            if (isNew && Directory.Exists(path)
                && Directory.EnumerateFileSystemEntries(path).Any(entry => !entry.EndsWith(LockName, StringComparison.Ordinal)))
                throw new IOException($"the folder {path} is not empty and has no run; choose another with --out");
            Directory.CreateDirectory(path);
            gate = Lock(path);
            if (isNew) AtomicFile.Write(file, temporary => System.IO.File.WriteAllText(temporary, ConfigJson.Write(config) + "\n"));
            else if (ConfigJson.Read(System.IO.File.ReadAllText(file)) is var other && other != config)
                throw new IOException(
                    $"the folder {path} has a run with other settings (its config.json differs in {Difference(other, config)}); choose "
                        + "another with --out");
            return new RunFolder(path, gate);
        }
        catch (Exception e)
        {
            gate?.Dispose();
            throw e switch
            {
                JsonException =>
                    new IOException($"{file} is not a configuration of this build ({e.Message}); choose another folder with --out", e),
                UnauthorizedAccessException =>
                    new IOException($"cannot write into the folder {path} ({e.Message.TrimEnd('.')}); choose another with --out", e),
                _ => e,
            };
        }
    }

    /// <summary>Opens the folder of a finished run.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The folder and what the run found.</returns>
    /// <exception cref="IOException">It holds no finished run; the message names it.</exception>
    public static (RunFolder Folder, ExperimentResult Result) OpenFinished(string path)
    {
        RunFolder folder = new(System.IO.Path.GetFullPath(path), null);
        if (!Directory.Exists(folder.Path)) throw new IOException($"there is no folder {folder.Path}");
        ExperimentResult result = folder.Read<ExperimentResult>("results.json")
            ?? throw new IOException($"the folder {folder.Path} has no finished run: results.json is missing");
        return (folder, result with { Out = folder.Path });
    }

    /// <summary>A file of the run.</summary>
    /// <param name="name">Name within the folder.</param>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a mask.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="network">The network.</param>
    /// <param name="mask">The mask.</param>
    public void WriteMask(int index, FixedNetwork network, TaskMask mask) =>
        AtomicFile.Write(MaskPath(index), temporary => System.IO.File.WriteAllBytes(temporary, MaskFile.Write(network, mask)));

    /// <summary>Bytes of the files of the first masks.</summary>
    /// <param name="masks">How many masks.</param>
    public long MaskBytes(int masks) => Enumerable.Range(0, masks).Sum(index => new FileInfo(MaskPath(index)).Length);

    /// <summary>Writes a mask where it is not what the file has.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="network">The network.</param>
    /// <param name="mask">The mask.</param>
    public void WriteMaskOnce(int index, FixedNetwork network, TaskMask mask)
    {
        if (_written.TryGetValue(index, out TaskMask? last) && last == mask) return;
        WriteMask(index, network, mask);
        _written[index] = mask;
    }

    /// <summary>Reads a mask, or null where it was not written.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="network">The network.</param>
    /// <exception cref="IOException">It is damaged; the message names it.</exception>
    public TaskMask? ReadMask(int index, FixedNetwork network)
    {
        string file = MaskPath(index);
        if (!System.IO.File.Exists(file)) return null;
        try
        {
            return MaskFile.Read(network, System.IO.File.ReadAllBytes(file), file);
        }
        catch (MaskFileException e)
        {
            throw new IOException($"{e.Message.Split(';')[0]}; delete the file, and the next run learns it again", e);
        }
    }

    /// <summary>Takes over masks that another run learned, and what it knows of them.</summary>
    /// <param name="path">The other run's folder, finished or not.</param>
    /// <param name="config">What this run is.</param>
    /// <returns>How many, from the first on.</returns>
    /// <exception cref="IOException">The folder has no run, or one that learns other masks; the message names it.</exception>
    public int TakeMasks(string path, ExperimentConfig config)
    {
        string file = System.IO.Path.Combine(path, "config.json");
        if (!System.IO.File.Exists(file)) throw new IOException($"cannot take masks from {path}: it has no run; name another with --masks");
        ExperimentConfig other = ConfigJson.Read(System.IO.File.ReadAllText(file));
        if (config.OfMasks() != other.OfMasks())
        {
            throw new IOException(
                $"cannot take masks from {path}: its run learns others (its config.json differs in "
                    + $"{Difference(other.OfMasks(), config.OfMasks())}); name another with --masks");
        }

        string[][] learned = [.. Enumerable.Range(0, config.Tasks).Select(task => new[] { TaskFile(task), MaskName(task) })
            .TakeWhile(files => files.All(name => System.IO.File.Exists(System.IO.Path.Combine(path, name))))];
        foreach (string name in learned.SelectMany(files => files))
        {
            AtomicFile.Write(
                File(name), temporary => System.IO.File.Copy(System.IO.Path.Combine(path, name), temporary), replace: false);
        }

        return learned.Length;
    }

    /// <summary>The record of a task that was learned.</summary>
    /// <param name="task">Its index.</param>
    public static string TaskFile(int task) => $"tasks/{task:D5}.json";

    /// <summary>Writes a record as JSON.</summary>
    /// <param name="name">Name within the folder.</param>
    /// <param name="value">The record.</param>
    public void Write<T>(string name, T value) =>
        AtomicFile.Write(
            File(name), temporary => System.IO.File.WriteAllText(temporary, JsonSerializer.Serialize(value, ConfigJson.Options) + "\n"));

    /// <summary>Reads a record, or null where it was not written.</summary>
    /// <param name="name">Name within the folder.</param>
    /// <exception cref="IOException">It is damaged; the message names it.</exception>
    public T? Read<T>(string name)
        where T : class
    {
        string file = File(name);
        if (!System.IO.File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<T>(System.IO.File.ReadAllText(file), ConfigJson.Options);
        }
        catch (JsonException e)
        {
            throw new IOException($"{file} is damaged ({e.Message}); remove it, and the next run makes its content again", e);
        }
    }

    /// <summary>The checkpoint after some tasks, or null where it was not reached.</summary>
    /// <param name="tasks">Tasks learned.</param>
    public CheckpointResult? ReadCheckpoint(int tasks) => Read<CheckpointResult>(CheckpointFile(tasks));

    /// <summary>Keeps a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    public void WriteCheckpoint(CheckpointResult checkpoint) => Write(CheckpointFile(checkpoint.TasksLearned), checkpoint);

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (Directory.Exists(path))
        {
            throw new IOException($"another process uses the folder {path}; wait until it ends, or choose another with --out", e);
        }
    }

    private static string Difference(ExperimentConfig one, ExperimentConfig other)
    {
        string[] left = ConfigJson.Write(one).Split('\n');
        string[] right = ConfigJson.Write(other).Split('\n');
        return string.Join(", ", left.Except(right).Concat(right.Except(left)).Select(line => line.Trim().Split('"').ElementAtOrDefault(1))
            .Where(name => name is not null).Distinct());
    }

    private static string CheckpointFile(int tasks) => $"checkpoints/{tasks:D5}.json";

    private static string MaskName(int index) => $"masks/{index:D5}.supmask";

    private string MaskPath(int index) => File(MaskName(index));
}
