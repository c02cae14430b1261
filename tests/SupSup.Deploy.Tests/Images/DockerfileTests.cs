using Microsoft.Extensions.Configuration;
using SupSup.Deploy.Tests.Rendering;
using SupSup.Silo.Settings;

namespace SupSup.Deploy.Tests.Images;

public sealed class DockerfileTests
{
    [Theory, InlineData("silo"), InlineData("tool")]
    public void Given_an_image_when_compared_with_its_pods_then_the_user_is_the_same_number(string stage)
    {
        string[] user = new DockerStage(stage).Only("USER").Split(':');
        Workload[] pods = stage == "silo"
            ? [.. Overlay.Names.SelectMany(name => Overlay.Open(name).Silos)]
            : [.. Overlay.Open(Overlay.LoadTest).Workloads];
        Assert.NotEmpty(pods);
        Assert.All(pods, pod => Assert.Equal(
            (long.Parse(user[0]), long.Parse(user[1])), (pod.Pod.Spec.SecurityContext.RunAsUser, pod.Pod.Spec.SecurityContext.RunAsGroup)));
    }

    [Fact]
    public void Given_the_silos_image_when_compared_with_its_pods_then_the_ports_are_the_same() =>
        Assert.Equal(Overlay.Open("cpu").Silos.Single().Container.Ports.Select(port => $"{port.ContainerPort}"),
            new DockerStage("silo").Only("EXPOSE").Split(' '));

    [Fact]
    public void Given_the_silos_image_when_the_silo_reads_its_environment_then_it_has_no_mistake()
    {
        DockerStage stage = new("silo");
        Dictionary<string, string?> settings = stage.Environment.Where(pair => pair.Key.StartsWith("SupSup__", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value);
        Assert.NotEmpty(settings);
        string data = SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Compute.DataFolder;
        Assert.Contains(stage.Copies, copy => copy.Target == data);
    }

    [Theory, InlineData("silo", "SupSup.Silo.dll"), InlineData("tool", "supsup.dll")]
    public void Given_an_image_when_it_starts_then_it_is_the_program_that_is_built(string stage, string program)
    {
        Assert.Equal($"[\"dotnet\", \"/app/{program}\"]", new DockerStage(stage).Only("ENTRYPOINT"));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, program)));
    }
}
