namespace SupSup.Storage;

/// <summary>
/// A stored record exists, but cannot be turned back into grain state: it is cut short, a checksum does not match, or
/// its payload does not deserialise.
/// </summary>
/// <remarks>
/// The in-memory grain state and the stored record are left as they were; a damaged record is never replaced silently.
/// It derives from <see cref="OrleansException"/> so that the runtime hands it to the caller as it is, in place of
/// wrapping it in a message of many lines.
/// </remarks>
[GenerateSerializer]
[Alias("SupSup.Storage.DamagedGrainStateException")]
public sealed class DamagedGrainStateException : OrleansException
{
    /// <summary>Says in one line which record is damaged, what is wrong with it, and what to do.</summary>
    /// <param name="kind">What the record is stored as: "file" or "blob".</param>
    /// <param name="location">Where it is: the full path of the file, or the blob's name, container and account.</param>
    /// <param name="problem">What is wrong with it, as the end of a sentence: "its payload is cut short".</param>
    /// <param name="innerException">
    /// What the serializer threw, where it was the serializer that refused. Pass only what other silos can read.
    /// </param>
    public DamagedGrainStateException(string kind, string location, string problem, Exception? innerException = null)
        : base(
            $"cannot read grain state {kind} {location}: {problem}; " +
            $"restore the {kind} from a backup, or delete it to forget that record",
            innerException!)
    {
        Location = location;
        Problem = problem;
    }

    /// <summary>
    /// Where the damaged record is: the full path of a file on the silo's machine, or a blob's name, container and account.
    /// </summary>
    [Id(0)]
    public string Location { get; private set; }

    /// <summary>What is wrong with it.</summary>
    [Id(1)]
    public string Problem { get; private set; }
}
