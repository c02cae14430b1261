using Microsoft.Win32.SafeHandles;

namespace SupSup.Storage.LocalDirectory;

/// <summary>Directories whose entries survive a power failure.</summary>
internal static class DurableDirectory
{
    /// <summary>Creates the directory and what is missing above it, for its owner alone, each flushed into its parent.</summary>
    /// <exception cref="IOException">The file system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The process may not create it.</exception>
    public static void Create(string directory)
    {
        if (Directory.Exists(directory)) return;
        string? parent = Path.GetDirectoryName(directory);
        if (parent is not null) Create(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (parent is not null) Flush(parent);
    }

    /// <summary>Has a file that is open read and written by its owner alone.</summary>
    public static void KeepToOwner(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows()) return;
        try
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // Another user owns it, or the file system has one owner for all, as SMB's may: whoever mounted it says who may read.
        }
    }

    /// <summary>
    /// Makes the entries of a directory durable. Flushing a file persists its bytes, but the name that leads to them
    /// belongs to the directory: without this, a power failure may undo a rename that was already acknowledged.
    /// </summary>
    /// <exception cref="IOException">The directory cannot be flushed.</exception>
    public static void Flush(string directory)
    {
        // Windows has no such call; NTFS journals the names itself.
        if (OperatingSystem.IsWindows()) return;
        using var handle = Posix.Open(directory);
        RandomAccess.FlushToDisk(handle);
    }
}
