using SupSup.Grains.Interfaces;
using SupSup.Grains.Storage;
using SupSup.Storage;

namespace SupSup.Cli.Backups;

/// <summary>The names of the records of which a store consists.</summary>
internal static class RecordNames
{
    public const string Task = "task", SentData = "sent-data", Coordinator = "coordinator";

    public static RecordName Catalog { get; } = new(StorageNames.Catalog, "catalog", GrainKeys.Catalog);

    /// <summary>What a restore leaves until it is complete: the backup that is being restored.</summary>
    public static RecordName Restoring { get; } = new("restoring", "backup", "manifest");

    public static RecordName Model(string model) => new(StorageNames.Model, Coordinator, model);

    public static RecordName Page(string model, int page) => new(StorageNames.DirectoryPage, "directory", $"{model}/{page}");

    public static RecordName Stream(string model, string stream) => new(StorageNames.Stream, "stream", GrainKeys.Stream(model, stream));

    public static RecordName Sample(string model, string stream, int task) =>
        new(StorageNames.StreamSample, "stream-sample", $"{GrainKeys.Stream(model, stream)}/{task}");

    public static RecordName OfTask(string state, string model, int task) => new(state, Task, GrainKeys.Task(model, task));

    public static RecordName Mask(string model, int task, int storedAs) =>
        new(StorageNames.Mask, Task, MaskRecord.Of(GrainKeys.Task(model, task), storedAs).Key.ToString()!);

    public static RecordName Data(string model, int task) => new(StorageNames.SentData, SentData, GrainKeys.Task(model, task));

    public static RecordName DataPart(string model, int task, string checksum) =>
        new(StorageNames.SentPart, "sent-part", $"{GrainKeys.Task(model, task)}/{checksum}");

    public static RecordName Reservoir(string model) => new(StorageNames.Reservoir, "reservoir", model);

    public static RecordName ReservoirPart(string model, string part) => new(StorageNames.ReservoirPart, "reservoir", $"{model}/{part}");
}
