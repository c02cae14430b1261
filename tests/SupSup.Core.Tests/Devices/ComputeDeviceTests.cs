using SupSup.Core.Devices;

namespace SupSup.Core.Tests.Devices;

public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("cpu", 0, "cpu")]
    [InlineData("auto", 0, "cpu")]
    [InlineData("auto", 2, "cuda:0")]
    [InlineData("cuda", 1, "cuda:0")]
    [InlineData("cuda:0", 1, "cuda:0")]
    [InlineData("cuda:11", 12, "cuda:11")]
    public void Given_a_device_that_is_there_when_parsed_then_it_is_that_one(string text, int gpus, string device) =>
        Assert.Equal(device, ComputeDevice.Parse(text, buildHasCuda: true, () => gpus).ToString());

    [Theory]
    [InlineData("gpu")]
    [InlineData("")]
    [InlineData("CPU")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:99999999999")]
    [InlineData("cpu:0")]
    public void Given_a_name_that_is_no_device_when_parsed_then_the_error_names_it_and_the_choices(string text) =>
        AssertRefused(text, true, 1, $"unknown device '{text}'", "cpu, cuda, cuda:N or auto");

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:1")]
    public void Given_a_build_without_cuda_when_a_gpu_is_asked_for_then_the_error_says_how_to_build(string text) =>
        AssertRefused(text, false, 8, $"device '{text}' is not available", "CPU libtorch only", "use cpu or auto", "-p:Gpu=true");

    [Fact]
    public void Given_a_machine_without_a_gpu_when_one_is_asked_for_then_the_error_says_where_to_look() =>
        AssertRefused("cuda", true, 0, "device 'cuda' is not available", "no CUDA GPU", "use cpu or auto", "nvidia-smi");

    [Fact]
    public void Given_two_gpus_when_a_third_is_asked_for_then_the_error_names_the_last() =>
        AssertRefused("cuda:2", true, 2, "device 'cuda:2' is not available", "cuda:1");

    [Fact]
    public void Given_the_default_build_when_asked_for_a_device_then_it_has_the_processor_and_no_gpu()
    {
        Assert.SkipWhen(ComputeDevice.Parse("auto").Gpu is not null, "a build with CUDA on a machine with a GPU");
        Assert.Equal(ComputeDevice.Cpu, ComputeDevice.Parse("cpu"));
        Assert.Throws<ArgumentException>(() => ComputeDevice.Parse("cuda"));
    }

    private static void AssertRefused(string text, bool buildHasCuda, int gpus, params string[] named)
    {
        var error = Assert.Throws<ArgumentException>(() => ComputeDevice.Parse(text, buildHasCuda, () => gpus));
        Assert.DoesNotContain('\n', error.Message);
        Assert.All(named, words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }
}
