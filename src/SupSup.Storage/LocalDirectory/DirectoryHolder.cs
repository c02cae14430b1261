namespace SupSup.Storage.LocalDirectory;

/// <summary>Who uses a storage directory.</summary>
public static class DirectoryHolder
{
    /// <summary>How this process is told as a holder.</summary>
    public static string Own { get; } = $"pid {Environment.ProcessId} on {Environment.MachineName}";

    /// <summary>Who has a storage directory, or had it and died, as "pid 42 on host-name".</summary>
    /// <param name="directory">The directory; it need not exist.</param>
    /// <returns>Null where no one has it, or where that cannot be read.</returns>
    public static string? Of(string directory) => DirectoryLock.HolderOf(directory);
}
