using SupSup.Core.Devices;

namespace SupSup.Torch.Tests;

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
        Assert.Equal(device, ComputeDevice.Parse(text, () => new Backend(true, gpus)).ToString());

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
        AssertRefused(text, new Backend(true, 1), $"unknown device '{text}'", "cpu, cuda, cuda:N or auto");

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:1")]
    public void Given_a_build_without_cuda_when_a_gpu_is_asked_for_then_the_error_says_how_to_build(string text) =>
        AssertRefused(
            text, new Backend(false, 8), $"device '{text}' is not available", "CPU libtorch only", "use cpu or auto", "-p:Gpu=true");

    [Fact]
    public void Given_a_machine_without_a_gpu_when_one_is_asked_for_then_the_error_says_where_to_look() =>
        AssertRefused("cuda", new Backend(true, 0), "device 'cuda' is not available", "no CUDA GPU", "use cpu or auto", "nvidia-smi");

    [Fact]
    public void Given_two_gpus_when_a_third_is_asked_for_then_the_error_names_the_last() =>
        AssertRefused("cuda:2", new Backend(true, 2), "device 'cuda:2' is not available", "cuda:1");

    [Theory]
    [InlineData("cuda")]
    [InlineData("cuda:1")]
    public void Given_a_build_without_libtorch_when_a_gpu_is_asked_for_then_the_error_says_how_to_build(string text) =>
        AssertRefused(text, null, $"device '{text}' is not available", "no libtorch", "-p:Torch=false", "use cpu or auto");

    [Fact]
    public void Given_a_build_without_libtorch_when_any_device_will_do_then_it_is_the_processor() =>
        Assert.Equal(ComputeDevice.Cpu, ComputeDevice.Parse("auto", () => null));

    [Fact]
    public void Given_the_processor_or_no_device_when_parsed_then_no_backend_is_loaded()
    {
        Assert.Equal(ComputeDevice.Cpu, ComputeDevice.Parse("cpu", () => throw new InvalidOperationException("loaded")));
        Assert.Throws<ArgumentException>(() => ComputeDevice.Parse("gpu", () => throw new InvalidOperationException("loaded")));
    }

    [Theory]
    [InlineData("cuda")]
    [InlineData("auto")]
    public void Given_a_build_without_cuda_when_a_gpu_is_looked_for_then_libtorch_is_not_asked(string text)
    {
        Backend backend = new(false, 8);

        Exception? refused = Record.Exception(() => ComputeDevice.Parse(text, () => backend));

        Assert.Equal(text == "auto", refused is null);
        Assert.False(backend.WasAsked);
    }

    private static void AssertRefused(string text, Backend? backend, params string[] named)
    {
        var error = Assert.Throws<ArgumentException>(() => ComputeDevice.Parse(text, () => backend));
        Assert.DoesNotContain('\n', error.Message);
        Assert.All(named, words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }

    private sealed class Backend(bool hasCuda, int gpus) : ITorchBackend
    {
        public bool WasAsked { get; private set; }

        public bool HasCuda => hasCuda;

        public int CountGpus()
        {
            WasAsked = true;
            return gpus;
        }
    }
}
