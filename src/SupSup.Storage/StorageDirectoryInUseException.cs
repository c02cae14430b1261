namespace SupSup.Storage;

/// <summary>
/// A silo was started on a storage directory that another silo, in this process or another one, has open.
/// </summary>
[GenerateSerializer]
[Alias("SupSup.Storage.StorageDirectoryInUseException")]
public sealed class StorageDirectoryInUseException : OrleansException
{
    /// <summary>Says in one line which directory is taken and by whom.</summary>
    /// <param name="directory">Full path of the storage directory.</param>
    /// <param name="holder">Who has it, as "pid 42 on host-name"; null when that could not be read.</param>
    public StorageDirectoryInUseException(string directory, string? holder)
        : base(
            $"the storage directory {directory} is in use by {holder ?? "another process"}; " +
            "stop that silo, or give this one a directory of its own")
    {
        Directory = directory;
        Holder = holder;
    }

    /// <summary>Full path of the storage directory.</summary>
    [Id(0)]
    public string Directory { get; private set; }

    /// <summary>Who has it, as "pid 42 on host-name"; null when that could not be read.</summary>
    [Id(1)]
    public string? Holder { get; private set; }
}
