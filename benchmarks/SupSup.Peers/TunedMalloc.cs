using System.Runtime.InteropServices;
using SupSup.Torch.Devices;

namespace SupSup.Peers;

/// <summary>
/// glibc's malloc told to keep freed memory, as SupSup does, and to have one arena: those of further threads give their
/// memory back whatever they are told. Plain TorchSharp asks malloc for every temporary, so it is fair to measure it with
/// these settings too. For the whole process and for good: measure without them first, and apply them before threads start.
/// </summary>
public static partial class TunedMalloc
{
    private const int ArenaMax = -8;

    /// <summary>Applies the settings.</summary>
    /// <returns>False where the C library is not glibc; nothing is changed then.</returns>
    public static bool Apply() => FreedMemory.Keep() && Mallopt(ArenaMax, 1) == 1;

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int Mallopt(int parameter, int value);
}
