using SupSup.Core.Devices;
using TorchSharp;

namespace SupSup.Torch.Devices;

/// <summary>Devices as libtorch names them.</summary>
public static class TorchDevices
{
    /// <summary>The device as libtorch names it.</summary>
    public static torch.Device ToTorch(this ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Gpu is { } gpu ? new torch.Device(DeviceType.CUDA, gpu) : new torch.Device(DeviceType.CPU);
    }
}
