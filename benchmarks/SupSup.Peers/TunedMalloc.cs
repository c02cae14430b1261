using SupSup.Core.Training;

namespace SupSup.Peers;

/// <summary>
/// glibc's malloc told to keep freed memory, as SupSup does. Plain TorchSharp asks malloc for every temporary, so it is
/// fair to measure it with this setting too. For the whole process and for good: measure without it first.
/// </summary>
public static class TunedMalloc
{
    /// <summary>Applies the setting.</summary>
    /// <returns>False where the C library is not glibc; nothing is changed then.</returns>
    public static bool Apply() => FreedMemory.Keep();
}
