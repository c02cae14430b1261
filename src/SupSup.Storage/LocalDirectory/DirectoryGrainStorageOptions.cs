using Orleans.Storage;

namespace SupSup.Storage.LocalDirectory;

/// <summary>Where and how <see cref="DirectoryGrainStorage"/> keeps grain state.</summary>
public sealed class DirectoryGrainStorageOptions : IStorageProviderSerializerOptions
{
    /// <summary>
    /// The directory to keep state in; required. It is created when missing, and belongs to one silo and one provider
    /// at a time. A relative path is taken from the working directory of the process at start.
    /// </summary>
    public string RootDirectory { get; set; } = "";

    /// <summary>
    /// The sub-directory that holds the records, under Azure's rule for container names: 3 to 63 lower-case letters,
    /// digits and single hyphens. "grainstate" by default.
    /// </summary>
    public string ContainerName { get; set; } = "grainstate";

    /// <summary>
    /// Whether clearing a state deletes its record; true by default. When false a tombstone stays: its ETag goes on, and
    /// whoever writes without knowing it is refused.
    /// </summary>
    public bool DeleteStateOnClear { get; set; } = true;

    /// <summary>How many records are read, written or deleted at the same moment, at least 1; 16 by default.</summary>
    public int MaxConcurrentOperations { get; set; } = 16;

    /// <summary>
    /// The format version of records that are written, 1 or 2; 2 by default. Both are read. A record of version 2 says whose it is, and is
    /// not read in another's place. Releases up to 0.1 read version 1 only.
    /// </summary>
    public int RecordVersion { get; set; } = RecordHeader.LatestVersion;

    /// <summary>
    /// What turns state into bytes. By default the <see cref="IGrainStorageSerializer"/> registered under the name of
    /// the provider, or else <see cref="OrleansGrainStorageSerializer"/>: the JSON one would blow binary state up to base64.
    /// </summary>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;
}
