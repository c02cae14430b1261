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
    /// <summary>Says in one line which file is damaged, what is wrong with it, and what to do.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="problem">What is wrong with it, as the end of a sentence: "its payload is cut short".</param>
    /// <param name="innerException">What the serializer threw, where it was the serializer that refused.</param>
    public DamagedGrainStateException(string path, string problem, Exception? innerException = null)
        : base(
            $"cannot read grain state file {path}: {problem}; " +
            "restore the file from a backup, or delete it to forget that record",
            innerException!)
    {
        Path = path;
        Problem = problem;
    }

    /// <summary>Full path of the damaged file, on the silo's machine.</summary>
    [Id(0)]
    public string Path { get; private set; }

    /// <summary>What is wrong with it.</summary>
    [Id(1)]
    public string Problem { get; private set; }
}
