using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Reports.Documents;
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

        string refreshed = PaperTables.Refreshed(Document, "mine", result);

        Assert.Equal(
            Document
                .Replace("**.1** | 1 %", "**.9877** | 50.00 %", StringComparison.Ordinal)
                .Replace("so | 0000000 |", "so | 0123456 |", StringComparison.Ordinal)
                .Replace("| `mine` | 1 s | theirs |", "| `mine` | 1 min 1 s | 2 cores, AVX2, cpu |", StringComparison.Ordinal),
            refreshed);
        Assert.Equal(refreshed, PaperTables.Refreshed(refreshed, "mine", result));
    }

    // A row that no run would refresh stays old.
    [Fact]
    public void Given_the_runs_of_the_tables_when_looked_up_then_docs_have_a_row_of_each()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "SupSup.sln"))) folder = Path.GetDirectoryName(folder)!;
        string document = File.ReadAllText(Path.Combine(folder, "docs", "reproducing.md"));

        Assert.All(PaperRun.All, run => Assert.NotEqual(
            document, PaperTables.Refreshed(document, run.Name, SampleRun.Result(run.Config) with { Accuracy = 0.12345 })));
    }
}
