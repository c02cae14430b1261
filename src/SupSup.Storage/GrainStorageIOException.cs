namespace SupSup.Storage;

/// <summary>
/// The file system refused to read, write or delete a record: a full disk, a read-only mount, a missing permission.
/// </summary>
/// <remarks>
/// The message is one line that names the file, the reason, and what became of the stored state; the file system's own
/// exception is the inner one. It derives from <see cref="OrleansException"/> so that the runtime hands it to the
/// caller as it is.
/// </remarks>
[GenerateSerializer]
[Alias("SupSup.Storage.GrainStorageIOException")]
public sealed class GrainStorageIOException : OrleansException
{
    /// <summary>Describes one refused file operation.</summary>
    /// <param name="message">One line: the operation, the file, the reason, the consequence.</param>
    /// <param name="path">Full path of the file or directory.</param>
    /// <param name="innerException">What the file system said.</param>
    public GrainStorageIOException(string message, string path, Exception? innerException = null)
        : base(message, innerException!) => Path = path;

    /// <summary>Full path of the file or directory, on the silo's machine.</summary>
    [Id(0)]
    public string Path { get; private set; }
}
