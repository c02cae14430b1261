using SupSup.Core.Devices;

namespace SupSup.Torch.Tests;

/// <summary>
/// Where groups are tested: on what SUPSUP_TEST_DEVICE names, by default on the GPU if build and machine have
/// one and else on the processor. Set to cuda, tests fail where there is no GPU instead of passing without one.
/// </summary>
internal static class TestDevice
{
    /// <summary>The device.</summary>
    public static ComputeDevice Device { get; } =
        ComputeDevice.Parse(Environment.GetEnvironmentVariable("SUPSUP_TEST_DEVICE") is { Length: > 0 } name ? name : "auto");
}
