using System.Runtime.InteropServices;

namespace SupSup.Grains.Compute;

/// <summary>How much a thread stands back behind others. .NET's thread priorities have no effect on Linux; this has.</summary>
internal static partial class ThreadNiceness
{
    private const int OfProcess = 0;
    private const uint CallingThread = 0; // on Linux niceness is each thread's own

    /// <summary>Sets the calling thread's; does nothing elsewhere than on Linux.</summary>
    /// <param name="niceness">0 to 19. 0 leaves it as it is.</param>
    public static void Set(int niceness)
    {
        if (niceness > 0 && OperatingSystem.IsLinux()) _ = SetPriority(OfProcess, CallingThread, niceness); // refused where it is higher already, which is as good
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
