using SupSup.Core.Devices;
using TorchSharp;

namespace SupSup.Torch.Tests;

/// <summary>
/// Where groups are tested: on what SUPSUP_TEST_DEVICE names, by default on the GPU if build and machine have
/// one and else on the processor. Set to cuda, tests fail where there is no GPU instead of passing without one.
/// </summary>
internal static class TestDevice
{
    /// <summary>The device.</summary>
    public static ComputeDevice Device { get; } = Find();

    // By itself, a GPU rounds what convolutions multiply to 10 bits: too coarse to hold one sum against another.
    private static ComputeDevice Find()
    {
        ComputeDevice device =
            ComputeDevice.Parse(Environment.GetEnvironmentVariable("SUPSUP_TEST_DEVICE") is { Length: > 0 } name ? name : "auto");
        if (device.Gpu is not null) torch.backends.cudnn.allow_tf32 = false;
        return device;
    }
}
