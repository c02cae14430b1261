using System.Diagnostics;
using SupSup.Deploy.Tests.Rendering;

namespace SupSup.Deploy.Tests.Images;

/// <summary>Images by digest. There is no registry here: a program stands in for the one that asks it.</summary>
public sealed class DigestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-digests-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_digests_when_looked_up_then_a_component_pins_the_images_and_build_arguments_pin_the_base_images()
    {
        await RegistryAsync("""echo "sha256:$(printf %s "$2" | sha256sum | cut -c1-64)" """);
        (int code, string output, string error) = await RunAsync();
        Assert.True(code == 0, error);
        string component = await File.ReadAllTextAsync(Path.Combine(_folder, "pinned", "kustomization.yaml"), Stop);
        string[] others = [.. Overlay.Open("dev").Workloads.Select(workload => workload.Container.Image)
            .Where(image => !image.StartsWith("supsup-", StringComparison.Ordinal)).Distinct()];
        Assert.NotEmpty(others);
        Assert.All(others, image => Assert.Matches(
            $@"# {image}\n  - name: {image[..image.LastIndexOf(':')]}\n    digest: sha256:[0-9a-f]{{64}}\n", component));
        foreach (string name in (string[])["SDK", "RUNTIME"])
            Assert.Matches($@"(?m)^--build-arg {name}=\S+:\S+@sha256:[0-9a-f]{{64}}$", output);
    }

    [Theory]
    [InlineData("exit 1", "cannot be looked up")]
    [InlineData("echo nothing", "'nothing' is no digest")]
    public async Task Given_a_registry_that_does_not_tell_when_asked_then_one_line_says_so_and_no_file_is_written(
        string answer, string said)
    {
        await RegistryAsync(answer);
        (int code, _, string error) = await RunAsync("example.com/one:1");
        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains("example.com/one:1", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "pinned")));
    }

    private async Task RegistryAsync(string answer)
    {
        string program = Path.Combine(_folder, "crane");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{answer}\n", Stop);
        using Process executable = Process.Start("chmod", ["+x", program]);
        await executable.WaitForExitAsync(Stop);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] images)
    {
        ProcessStartInfo start = new("bash", [Repository.In("deploy", "images", "digests.sh"), Path.Combine(_folder, "pinned"), .. images])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop), error = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output, await error);
    }
}
