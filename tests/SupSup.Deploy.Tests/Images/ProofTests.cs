using SupSup.LocalCluster;

namespace SupSup.Deploy.Tests.Images;

public sealed class ProofTests : IDisposable
{
    private const int CannotBeTriedHere = 77;

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-images-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task given_the_images_file_systems_when_started_in_them_then_a_silo_learns_and_answers_and_ends()
    {
        string log = Path.Combine(_folder, "prove.log");
        await using ChildProcess prove = await ChildProcess.StartAsync(
            "prove.sh", log, new Dictionary<string, string>(), "bash", Repository.In("deploy", "images", "prove.sh"), Repository.In("artifacts", "images"));
        await prove.ReadyAsync(_ => Task.FromResult(prove.HasExited), TimeSpan.FromMinutes(15), Stop);
        string said = await File.ReadAllTextAsync(log, Stop);
        Assert.SkipWhen(prove.ExitCode == CannotBeTriedHere, said.TrimEnd().Split('\n')[^1]);
        Assert.True(prove.ExitCode == 0, said);
        Assert.Contains("proved: ", said, StringComparison.Ordinal);
    }
}
