using System.Globalization;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports;
using SupSup.Experiments.Reports.Documents;
using SupSup.Experiments.Tests.Running;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Experiments.Tests.Reports;

public sealed class PaperTablesTests
{
    private const string Document = """
        # Title, and | a line that is no table

        | figure | paper | ours | alone | notes \| more | commit | command |
        |---|---|---|---|---|---|---|
        | one | ~.9 | **.1** | 1 % | kept \| so | 0000000 | `./supsup experiment split --tasks 3` |
        | other | ~.8 | **.2** | 2 % | kept | 0000000 | `./supsup experiment split` |

        | run | everything | machine |
        |---|---|---|
        | `mine` | 1 s | theirs |
        | `other` | 2 s | theirs |
        """;

    [Fact]
    public void Given_a_finished_run_when_a_document_is_refreshed_then_its_cells_are_new_and_all_else_is_as_it_was()
    {
        ExperimentResult result = SampleRun.Result(Presets.Get("split") with { Tasks = 3 }) with
        {
            Accuracy = 0.98765,
            TaskInferenceAccuracy = 0.5,
            TotalSeconds = 61,
            Machine = "2 cores, AVX2, cpu, .NET 10.0.0, SupSup 1.0.0",
            Commit = "0123456789abcdef",
        };

        string refreshed = PaperTables.Refreshed(Document, "mine", [result]);

        Assert.Equal(
            Document
                .Replace("**.1** | 1 %", "**.9877** | 50.00 %", StringComparison.Ordinal)
                .Replace("so | 0000000 |", "so | 0123456 |", StringComparison.Ordinal)
                .Replace("| `mine` | 1 s | theirs |", "| `mine` | 1 min 1 s | 2 cores, AVX2, cpu |", StringComparison.Ordinal),
            refreshed);
        Assert.Equal(refreshed, PaperTables.Refreshed(refreshed, "mine", [result]));
    }

    [Fact]
    public async Task Given_a_run_with_three_seeds_when_written_then_its_row_is_mean_and_deviation_and_its_summary_tells_each_seed()
    {
        string root = Directory.CreateTempSubdirectory("supsup-paper-").FullName;
        PaperRun run = new("mine", Small.Config with { Name = "split", Tasks = 2, Batches = 20 });
        PaperRun[] seeded = [.. Enumerable.Range(0, 3).Select(run.WithSeed)];
        List<ExperimentResult> seeds = [];
        foreach (PaperRun one in seeded) seeds.Add(await Small.RunAsync(one.Config, Path.Combine(root, one.Name)));
        string command = RepeatCommand.Of(run.Config).Line!;
        Directory.CreateDirectory(Path.Combine(root, "docs"));
        foreach (string document in new[] { "README.md", "docs/reproducing.md" })
            await File.WriteAllTextAsync(
                Path.Combine(root, document), Document.Replace("./supsup experiment split --tasks 3", command, StringComparison.Ordinal),
                TestContext.Current.CancellationToken);

        RunReports.SumUp(seeds);
        IReadOnlyList<string> changed = PaperTables.Write(root, run, seeds);

        Assert.Equal(["mine", "mine-seed-2", "mine-seed-3"], seeded.Select(one => one.Name));
        Assert.Equal(["README.md", "docs/reproducing.md", "docs/results/mine/summary.md"], changed);
        double[] found = [.. seeds.Select(result => result.Accuracy)];
        Assert.Equal(3, found.Distinct().Count());
        double mean = (found[0] + found[1] + found[2]) / 3;
        double deviation = Math.Sqrt(
            (Math.Pow(found[0] - mean, 2) + Math.Pow(found[1] - mean, 2) + Math.Pow(found[2] - mean, 2)) / 2);
        string cell = string.Create(CultureInfo.InvariantCulture, $"{mean:.0000} ± {deviation:.0000}");
        Assert.Contains(
            $"| one | ~.9 | **{cell}** (3 seeds) | ", await Read("docs/reproducing.md"), StringComparison.Ordinal);
        string summary = await Read("docs/results/mine/summary.md");
        Assert.All(seeds, seed => Assert.Contains(
            string.Create(
                CultureInfo.InvariantCulture, $"\n| {seed.Config.Seed} | {seed.Accuracy:.0000} | {seed.GivenTaskAccuracy:.0000} | "),
            summary, StringComparison.Ordinal));
        Assert.Contains($"\n| mean ± sample deviation | {cell} | ", summary, StringComparison.Ordinal);

        Task<string> Read(string path) => File.ReadAllTextAsync(Path.Combine(root, path), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Given_seeds_of_two_builds_when_a_document_is_refreshed_then_its_row_names_both_commits_and_the_mean_time()
    {
        ExperimentResult one = SampleRun.Result(Presets.Get("split") with { Tasks = 3 }) with
        {
            TotalSeconds = 60,
            Commit = "0123456789abcdef",
        };

        string refreshed = PaperTables.Refreshed(Document, "mine", [one, one with { TotalSeconds = 80, Commit = "fedcba9876543210" }]);

        Assert.Contains("so | 0123456, fedcba9 |", refreshed, StringComparison.Ordinal);
        Assert.Contains("| `mine` | 1 min 10 s | 2 cores |", refreshed, StringComparison.Ordinal);
        Assert.Contains("99.00 % ± 0.00 %", refreshed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hop-paper", "")]
    [InlineData("hop", "")]
    [InlineData("hop-hebb", " --storage Hebb")]
    public void Given_recoveries_of_two_seeds_when_the_documents_are_refreshed_then_the_row_tells_masks_and_steps(string name, string more)
    {
        PaperRun run = PaperRun.All.Single(run => run.Name == name);
        ExperimentResult[] seeds = [Of(0.9, [5, 0, 0], [3, 2, 1]), Of(0.8, [4, 4, 0], [0, 0, 0])];

        string row = PaperTables.Refreshed(Reproducing(), name, seeds).Split('\n').Single(
            line => line.EndsWith($"| `./supsup experiment {run.Config.Name}{more}` |", StringComparison.Ordinal));

        Assert.Contains("| **.8500 ± .0707** (2 seeds) |", row, StringComparison.Ordinal);
        Assert.Contains("| 3 of 4 | 2.0 | 3 |", row, StringComparison.Ordinal);

        ExperimentResult Of(double accuracy, params int[][] distances)
        {
            ExperimentResult result = SampleRun.Result(run.Config) with { Accuracy = accuracy };
            MaskRecovery[] recoveries = [.. distances.Select((each, task) => new MaskRecovery(task, [.. each]))];
            return result with
            {
                Checkpoints = [.. result.Checkpoints.SkipLast(1), result.Checkpoints[^1] with { Recoveries = [.. recoveries] }],
            };
        }
    }

    // A row that no run would refresh stays old.
    [Fact]
    public void Given_the_runs_of_the_tables_when_looked_up_then_docs_have_a_row_of_each()
    {
        string document = Reproducing();

        Assert.All(PaperRun.All, run => Assert.NotEqual(
            document, PaperTables.Refreshed(document, run.Name, [SampleRun.Result(run.Config) with { Accuracy = 0.12345 }])));
    }

    private static string Reproducing()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "SupSup.sln"))) folder = Path.GetDirectoryName(folder)!;
        return File.ReadAllText(Path.Combine(folder, "docs", "reproducing.md"));
    }
}
