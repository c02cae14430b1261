using System.Runtime.InteropServices;
using SupSup.Core.Devices;

namespace SupSup.Torch.Devices;

/// <summary>How much memory a device has, by CUDA's driver, whose function libtorch does not pass on.</summary>
internal static unsafe class DeviceMemory
{
    /// <summary>All of a device's memory, in bytes: of the processor what the process may use.</summary>
    /// <param name="device">The device.</param>
    /// <returns>As said; <see cref="long.MaxValue"/> where the driver does not tell.</returns>
    public static long Bytes(ComputeDevice device)
    {
        if (device.Gpu is not { } gpu) return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!NativeLibrary.TryLoad(CudaDriver.Name, out nint driver)) return long.MaxValue;
        try
        {
            var start = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
            var find = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
            var measure = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceTotalMem_v2");
            int handle;
            nuint bytes;
            return start(0) == 0 && find(&handle, gpu) == 0 && measure(&bytes, handle) == 0 ? (long)bytes : long.MaxValue;
        }
        finally
        {
            NativeLibrary.Free(driver);
        }
    }
}
