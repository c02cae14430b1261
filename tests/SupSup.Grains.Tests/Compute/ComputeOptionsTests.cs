using System.ComponentModel.DataAnnotations;
using SupSup.Core.Devices;
using SupSup.Grains.Compute;
using SupSup.Silo;
using SupSup.Silo.Settings;

namespace SupSup.Grains.Tests.Compute;

public sealed class ComputeOptionsTests
{
    [Theory]
    [InlineData("gpu", "unknown device 'gpu'")]
    [InlineData("cuda", "device 'cuda' is not available")]
    [InlineData("cuda:1", "device 'cuda:1' is not available")]
    public void Given_a_device_that_is_not_there_when_a_silo_is_built_then_one_line_names_it_and_the_remedy(string device, string named)
    {
        SkipWithGpu();
        var error = Assert.Throws<ValidationException>(() => Build(new ComputeOptions { Device = device }));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("use cpu", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Given_no_tasks_in_a_group_when_a_silo_is_built_then_refused() =>
        Assert.Contains(nameof(ComputeOptions.DeviceTasks),
            Assert.Throws<ValidationException>(() => Build(new ComputeOptions { DeviceTasks = 0 })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("cpu", false, false)]
    [InlineData("auto", false, false)]
    [InlineData("auto", true, true)]
    public void Given_no_gpu_when_asked_then_groups_are_trained_only_where_they_are_wanted(string device, bool wanted, bool groups)
    {
        SkipWithGpu();
        Assert.Equal(groups, new ComputeOptions { Device = device, TrainInGroups = wanted }.UsesGroups);
    }

    private static void SkipWithGpu() =>
        Assert.SkipWhen(ComputeDevice.Parse("auto").Gpu is not null, "a build with CUDA on a machine with a GPU");

    private static void Build(ComputeOptions compute) => SiloHost.Build(new SiloSettings { Compute = compute }, _ => { }).Dispose();
}
