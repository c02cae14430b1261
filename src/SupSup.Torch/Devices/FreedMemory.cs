using System.Runtime.InteropServices;

namespace SupSup.Torch.Devices;

/// <summary>
/// libtorch asks malloc for every temporary. By default glibc returns blocks over 128 KB to the kernel at once, and
/// the page faults of asking again doubled the time of a training step. These two settings keep freed memory.
/// </summary>
public static partial class FreedMemory
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int LargestMmapThreshold = 32 << 20; // glibc refuses more
    private const int OneGiB = 1 << 30;

    private static readonly Lazy<bool> Kept = new(static () =>
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc.so.6", out nint libc)
        && NativeLibrary.TryGetExport(libc, "mallopt", out _)
        && Mallopt(MmapThreshold, LargestMmapThreshold) == 1
        && Mallopt(TrimThreshold, OneGiB) == 1);

    /// <summary>Applies the settings once per process.</summary>
    /// <returns>False where the C library is not glibc; training then only runs slower.</returns>
    public static bool Keep() => Kept.Value;

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int Mallopt(int parameter, int value);
}
