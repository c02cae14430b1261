using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The exclusive hold of one silo on one storage directory: a lock on the file <c>.lock</c> in it, which says who holds
/// it. The operating system lets go of it when the process dies.
/// </summary>
/// <remarks>
/// The file is never deleted, for two silos could then hold locks on two files of one name. A clean release empties it,
/// so what is found in it by the next holder tells of a crash.
/// </remarks>
internal sealed class DirectoryLock : IDisposable
{
    private const string FileName = ".lock";
    private const int LongestHolder = 400;

    private readonly SafeFileHandle _file;

    private DirectoryLock(SafeFileHandle file, bool predecessorCrashed)
    {
        _file = file;
        PredecessorCrashed = predecessorCrashed;
    }

    /// <summary>Whether the last holder did not release the lock itself.</summary>
    public bool PredecessorCrashed { get; }

    /// <summary>Takes the lock of an existing directory.</summary>
    /// <exception cref="StorageDirectoryInUseException">Another silo has it.</exception>
    /// <exception cref="GrainStorageIOException">The lock file cannot be written, or locked.</exception>
    public static DirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, FileName);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

            // FileShare.None is this very lock, but .NET can be told to skip it (DOTNET_SYSTEM_IO_DISABLEFILELOCKING),
            // and passes over file systems that have none. The safety of the data hangs on it, so it is asked for
            // again; for one open file that changes nothing.
            Posix.LockExclusively(file);

            DurableDirectory.KeepToOwner(file);
            bool predecessorCrashed = RandomAccess.GetLength(file) > 0;
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes($"{DirectoryHolder.Own}\n"), fileOffset: 0);
            return new DirectoryLock(file, predecessorCrashed);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            file?.Dispose();
            throw e.HResult == Posix.WouldBlock
                ? new StorageDirectoryInUseException(directory, ReadHolder(path))
                : FileFailure.Because(e, "lock", path);
        }
    }

    /// <summary>Who has the lock of a directory, or had it and died; null where no one has, or that cannot be read.</summary>
    public static string? HolderOf(string directory) => ReadHolder(Path.Combine(directory, FileName));

    /// <summary>Empties the lock file and lets the lock go.</summary>
    public void Dispose()
    {
        if (_file.IsClosed) return;
        try
        {
            RandomAccess.SetLength(_file, 0);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            // The next holder takes this for a crash and only does more work at its start.
        }

        _file.Dispose();
    }

    private static string? ReadHolder(string path)
    {
        try
        {
            using SafeFileHandle file = Posix.Open(path);
            byte[] text = new byte[LongestHolder];
            string holder = Encoding.UTF8.GetString(text, 0, RandomAccess.Read(file, text, fileOffset: 0)).Trim();
            return holder.Length > 0 ? holder : null;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            return null;
        }
    }
}
