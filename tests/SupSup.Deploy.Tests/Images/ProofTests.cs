using SupSup.Deploy.Tests.Rendering;
using SupSup.LocalCluster;

namespace SupSup.Deploy.Tests.Images;

public sealed class ProofTests : IDisposable
{
    private const int CannotBeTriedHere = 77;

    // The job's own would take minutes.
    private static readonly string[] Small = ["--tasks=6", "--batches=10", "--learners=4", "--seconds=1", "--verify=0"];

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-images-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("true", "images")]
    [InlineData("false", "images-without-libtorch")]
    public async Task Given_images_with_or_without_libtorch_and_the_settings_of_dev_when_started_then_a_silo_learns_and_ends(
        string torch, string images)
    {
        // To publish a second time takes a minute and a half.
        Assert.SkipUnless(
            torch == "true" || Environment.GetEnvironmentVariable("SUPSUP_LONG_TESTS") == "1", "a part of the long run: ./test.sh --long");
        WritePod(Overlay.Open("dev"), Overlay.Open(Overlay.LoadTest).Workloads.Single());
        string log = Path.Combine(_folder, "prove.log");
        await using ChildProcess prove = await ChildProcess.StartAsync(
            "prove.sh", log, new Dictionary<string, string>(), "bash", Repository.In("deploy", "images", "prove.sh"),
            Repository.In("artifacts", images), _folder, $"-p:Torch={torch}");
        await prove.ReadyAsync(_ => Task.FromResult(prove.HasExited), TimeSpan.FromMinutes(15), Stop);
        string said = await File.ReadAllTextAsync(log, Stop);
        Assert.SkipWhen(prove.ExitCode == CannotBeTriedHere, said.TrimEnd().Split('\n')[^1]);
        Assert.True(prove.ExitCode == 0, said);
        Assert.Contains("proved: ", said, StringComparison.Ordinal);
        Assert.Contains($"with libtorch: {torch}", said, StringComparison.Ordinal);
    }

    // What the manifests say, as prove.sh reads it.
    private void WritePod(Overlay overlay, Workload job)
    {
        void Write(string name, IEnumerable<string> lines) =>
            File.WriteAllText(Path.Combine(_folder, name), string.Concat(lines.Select(line => line + "\n")));
        Workload Set(string name) => overlay.Workloads.Single(workload => workload.Name == name);
        IDictionary<string, string> Secret(string name) =>
            overlay.All<k8s.Models.V1Secret>().Single(secret => secret.Metadata.Name == name).StringData;

        using PodEnvironment silo = new(overlay, overlay.Silos.Single());
        Write("silo.env", silo.Variables.Select(variable => $"{variable.Key}={silo.InThePod(variable.Value)}"));
        using PodEnvironment redis = new(overlay, Set("redis"));
        Write("redis", redis.Expand(Set("redis").Container.Args));
        Write("azurite", Set("azurite").Container.Command.Skip(1));
        using PodEnvironment load = new(overlay, job);
        string[] replaced = [.. Small.Select(argument => argument.Split('=')[0])];
        Write("load-test", [.. load.Expand(job.Container.Args).Where(argument => !replaced.Contains(argument.Split('=')[0])), .. Small]);
        Write("keys.json", [Secret("supsup-keys")["keys.json"]]);
        Write("key", [Secret("supsup-keys")["dev-key"]]);
    }
}
