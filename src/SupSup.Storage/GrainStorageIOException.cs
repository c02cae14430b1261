namespace SupSup.Storage;

/// <summary>
/// The file system or the blob service did not read, write or delete a record: a full disk, a missing permission, a
/// service that does not answer.
/// </summary>
/// <remarks>
/// The message is one line that names the record, the reason, and what became of the stored state. The file system's
/// own exception is the inner one; those of the blob service's client cannot be sent between silos, and only their text
/// is kept. It derives from <see cref="OrleansException"/> so that the runtime hands it to the caller as it is.
/// </remarks>
[GenerateSerializer]
[Alias("SupSup.Storage.GrainStorageIOException")]
public sealed class GrainStorageIOException : OrleansException
{
    /// <summary>Describes one operation that failed.</summary>
    /// <param name="message">One line: the operation, the record, the reason, the consequence.</param>
    /// <param name="location">The full path of the file or directory, or the blob's name, container and account.</param>
    /// <param name="innerException">What the file system said.</param>
    public GrainStorageIOException(string message, string location, Exception? innerException = null)
        : base(message, innerException!) => Location = location;

    /// <summary>
    /// The full path of the file or directory, on the silo's machine, or the blob's name, container and account.
    /// </summary>
    [Id(0)]
    public string Location { get; private set; }
}
