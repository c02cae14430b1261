namespace SupSup.Client.Tests.Samples;

/// <summary>The sample, as its README runs it.</summary>
public sealed class PicturesTests : IDisposable
{
    private static readonly string[] Known =
        ["shapes, circle", "shapes, square", "shapes, triangle", "letters, l", "letters, v", "letters, z"];

    private readonly string _folder = Directory.CreateTempSubdirectory("supsup-pictures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Given_folders_of_drawings_when_they_are_learned_then_task_and_class_are_found_and_most_dashes_are_unknown()
    {
        string drawings = Path.Combine(_folder, "drawings");
        Assert.Equal((0, "", ""), await RunAsync("draw", drawings));
        await using SiloProcess silo = await SiloProcess.StartAsync(Path.Combine(_folder, "store"));
        string gateway = $"127.0.0.1:{silo.Gateway}";
        string[] learn = ["learn", $"{drawings}/shapes", $"{drawings}/letters/", "--gateway", gateway];

        (int code, string learned, string progress) = await RunAsync(learn);
        Assert.True(code == 0, progress);
        string[] lines = learned.Split('\n');
        Assert.Matches(@"^shapes: circle, square, triangle learned in [\d.]+ s, (9\d\.\d|100\.0) % of 300 others right$", lines[0]);
        Assert.Matches(@"^letters: l, v, z learned in [\d.]+ s, (9\d\.\d|100\.0) % of 300 others right$", lines[1]);
        Assert.Contains("letters/: 100 %", progress, StringComparison.Ordinal);
        (code, string again, _) = await RunAsync(learn);
        Assert.Equal((0, learned), (code, again));

        string[] files = Directory.GetFiles(Path.Combine(drawings, "new"));
        (code, string answers, progress) = await RunAsync(["ask", .. files, "--gateway", gateway]);
        Assert.True(code == 0, progress);
        string[] told = answers.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(files.Length, told.Length);
        Assert.InRange(Known.Sum(answer => Count($"/{answer.Split(' ')[1]}", $".png: {answer} (")), 54, 60);
        Assert.InRange(Count("/dash", ".png: unknown; "), 5, 10);

        int Count(string file, string answer) => told.Count(
            line => line.Contains(file, StringComparison.Ordinal) && line.Contains(answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_mistakes_when_the_sample_runs_then_it_says_what_is_wrong()
    {
        (int code, string output, string error) = await RunAsync("learn");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("'learn' needs a path\nusage: ", error, StringComparison.Ordinal);
        await using SiloProcess silo = await SiloProcess.StartAsync(Path.Combine(_folder, "store"));
        string text = Path.Combine(_folder, "rose.png");
        await File.WriteAllTextAsync(text, "no picture", TestContext.Current.CancellationToken);
        (code, _, error) = await RunAsync("ask", text, "--gateway", $"127.0.0.1:{silo.Gateway}");
        Assert.Equal((1, $"{text} is no picture that can be read"), (code, error.TrimEnd()));
        (code, _, error) = await RunAsync("learn", Path.Combine(_folder, "nowhere"), "--gateway", $"127.0.0.1:{silo.Gateway}");
        Assert.Equal(1, code);
        Assert.Contains("nowhere", error, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        SampleProgram.RunAsync("Pictures", arguments);
}
