using System.Runtime.InteropServices;

namespace SupSup.Torch.Devices;

/// <summary>The library of the driver, which every CUDA program loads first: without it libtorch would find no GPU either.</summary>
internal static class CudaDriver
{
    /// <summary>Its name.</summary>
    public static string Name => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Whether it is there.</summary>
    public static bool IsThere()
    {
        if (!NativeLibrary.TryLoad(Name, out nint driver)) return false;
        NativeLibrary.Free(driver);
        return true;
    }
}
