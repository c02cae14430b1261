using SupSup.Core.Devices;

namespace SupSup.Torch.Tests;

public sealed class LibtorchBackendTests
{
    [Fact]
    public void Given_a_build_with_libtorch_when_the_backend_is_asked_for_then_it_is_found_by_its_name() =>
        Assert.IsType<LibtorchBackend>(TorchBackend.Get());

    [Fact]
    public void Given_the_default_build_when_asked_for_a_device_then_it_has_the_processor_and_no_gpu()
    {
        Assert.SkipWhen(ComputeDevice.Parse("auto").Gpu is not null, "a build with CUDA on a machine with a GPU");
        Assert.Equal(ComputeDevice.Cpu, ComputeDevice.Parse("cpu"));
        Assert.Throws<ArgumentException>(() => ComputeDevice.Parse("cuda"));
    }
}
