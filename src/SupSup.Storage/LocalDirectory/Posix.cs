using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SupSup.Storage.LocalDirectory;

/// <summary>
/// The three calls of the C library that .NET does not offer: opening a directory, and where the system has them,
/// flushing a file system and asking for a lock outright.
/// </summary>
internal static partial class Posix
{
    /// <summary>Errno of a lock that another holds (EWOULDBLOCK), on Linux.</summary>
    public const int WouldBlock = 11;

    private const int OpenReadOnly = 0;
    private const int LockExclusiveNow = 2 | 4;
    private const int Interrupted = 4;

    // The flag's value is Linux's own; elsewhere the handle is closed soon enough without it.
    private static int CloseOnExec => OperatingSystem.IsLinux() ? 0x80000 : 0;

    /// <summary>
    /// Opens a file or a directory for reading. .NET opens no directories, and takes a shared lock on each file it
    /// opens, which would refuse to read a file under another process's exclusive lock.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened; HResult is the errno.</exception>
    public static SafeFileHandle Open(string path)
    {
        int descriptor;
        do
            descriptor = OpenNative(path, OpenReadOnly | CloseOnExec);
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LastError();
    }

    /// <summary>
    /// Makes all that was written to the file system of this directory durable, whoever wrote it; on Linux.
    /// </summary>
    /// <exception cref="IOException">The file system cannot be flushed.</exception>
    public static void FlushFileSystem(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        using SafeFileHandle directory = Open(path);
        if (SyncFileSystemNative(directory) != 0) throw LastError();
    }

    /// <summary>Takes the exclusive lock of an open file, or throws at once. Not on Windows.</summary>
    /// <exception cref="IOException">Another has it, or the file system has no locks; HResult is the errno.</exception>
    public static void LockExclusively(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows()) return;
        while (LockNative(file, LockExclusiveNow) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted) throw LastError();
        }
    }

    private static IOException LastError()
    {
        int errno = Marshal.GetLastPInvokeError();
        return new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int LockNative(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystemNative(SafeFileHandle file);
}
