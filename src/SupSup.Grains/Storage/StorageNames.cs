namespace SupSup.Grains.Storage;

/// <summary>Names under which grains store their state. They are the storage layout, so they never change.</summary>
public static class StorageNames
{
    /// <summary>The grain storage provider that a silo must register.</summary>
    public const string Provider = "supsup";

    /// <summary>State of the catalogue: the names of all models and their streams.</summary>
    public const string Catalog = "catalog";

    /// <summary>State of a coordinator: the definition.</summary>
    public const string Model = "model";

    /// <summary>A page of a coordinator's directory.</summary>
    public const string DirectoryPage = "tasks";

    /// <summary>State of a task: its metadata.</summary>
    public const string Task = "task";

    /// <summary>State of a task while it is being trained.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>State of a stream without task identity.</summary>
    public const string Stream = "stream";

    /// <summary>A labelled sample of a mask of a stream.</summary>
    public const string StreamSample = "sample";

    /// <summary>What was sent as data of a task.</summary>
    public const string SentData = "data";

    /// <summary>A part of what was sent.</summary>
    public const string SentPart = "part";

    /// <summary>What a model's reservoir holds.</summary>
    public const string Reservoir = "reservoir";

    /// <summary>A part of the weights of a model's reservoir, named by its checksum.</summary>
    public const string ReservoirPart = "weights";

    /// <summary>Which cluster owns the store.</summary>
    public const string Lease = "lease";

    /// <summary>State of a task: its packed mask, written once.</summary>
    public const string Mask = "mask";
}
