using System.Runtime.InteropServices;

namespace SupSup.Experiments.Files;

/// <summary>What is there under a path.</summary>
internal static partial class FileKind
{
    private const int CurrentFolder = -100;
    private const uint TypeAndMode = 3;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Whether a path is that of something which is neither a regular file nor a folder: a device, a pipe or a socket, also by a
    /// link. It must not be replaced by a file.</summary>
    /// <param name="path">The path.</param>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux() || !Path.Exists(path) || Directory.Exists(path)) return false;
        Span<byte> found = stackalloc byte[256];
        return StatNative(CurrentFolder, path, 0, TypeAndMode, ref MemoryMarshal.GetReference(found)) == 0
            && (BitConverter.ToUInt16(found[28..]) & TypeMask) != Regular;
    }

    // struct statx is the same on every processor: the mode is a word at 28.
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatNative(int folder, string path, int flags, uint mask, ref byte result);
}
