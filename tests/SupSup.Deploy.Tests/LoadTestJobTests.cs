using System.CommandLine;
using k8s.Models;
using SupSup.Cli.Commands;
using SupSup.Deploy.Tests.Images;
using SupSup.Deploy.Tests.Rendering;
using SupSup.LoadTest;

namespace SupSup.Deploy.Tests;

public sealed class LoadTestJobTests
{
    [Fact]
    public void Given_the_job_when_the_tool_reads_its_arguments_then_they_are_2500_tasks_on_a_cluster_that_runs()
    {
        CommonOptions common = new();
        ParseResult parsed = Parse(common, Arguments());
        Assert.Empty(parsed.Errors);
        Assert.Equal(2500, parsed.GetValue<int>("--tasks"));
        Assert.Equal("redis:6379", common.Cluster(parsed)!.Redis);
    }

    [Fact]
    public void Given_an_argument_that_the_tool_does_not_have_when_it_reads_them_then_it_says_so() =>
        Assert.NotEmpty(Parse(new CommonOptions(), [.. Arguments(), "--taks=1"]).Errors);

    [Fact]
    public void Given_the_jobs_folders_when_compared_with_image_and_volumes_then_data_is_in_one_and_the_report_in_the_other()
    {
        V1Container container = Overlay.Open(Overlay.LoadTest).Workloads.Single().Container;
        CommonOptions common = new();
        ParseResult parsed = Parse(common, Arguments());
        Assert.Contains(new DockerStage("tool").Copies, copy => copy.Target == common.Read(parsed).Data);
        Assert.Contains(
            container.VolumeMounts, mount => parsed.GetValue<string>("--out")!.StartsWith(mount.MountPath + "/", StringComparison.Ordinal));
    }

    private static ParseResult Parse(CommonOptions common, string[] arguments) =>
        new RootCommand { LoadTestCommand.Create(common) }.Parse(arguments);

    private static string[] Arguments() =>
        [.. Overlay.Open(Overlay.LoadTest).Workloads.Single().Container.Args.Select(
            argument => argument.Replace("$(REDIS)", "redis:6379", StringComparison.Ordinal))];
}
