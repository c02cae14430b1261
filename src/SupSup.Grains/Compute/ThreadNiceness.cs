using System.Runtime.InteropServices;

namespace SupSup.Grains.Compute;

/// <summary>How much a thread stands back behind others. .NET's thread priorities have no effect on Linux; this has.</summary>
internal static partial class ThreadNiceness
{
    /// <summary>Adds to the calling thread's, which on Linux is each thread's own; does nothing elsewhere.</summary>
    /// <param name="niceness">0 to 19; the sum stays at 19.</param>
    public static void Add(int niceness)
    {
        if (niceness > 0 && OperatingSystem.IsLinux()) _ = Nice(niceness);
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int Nice(int increment);
}
