using System.Globalization;
using System.Xml.Linq;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports;

namespace SupSup.Experiments.Tests.Reports;

public sealed class RunReportsTests : IDisposable
{
    private static readonly string[] Files =
        ["accuracy.png", "accuracy.svg", "curve.csv", "events.out.tfevents.supsup", "matrix.csv", "matrix.png", "matrix.svg", "results.csv",
            "summary.md", "tasks.png", "tasks.svg"];

    private static readonly byte[] PngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

    private readonly SampleRun _sample = new();

    public void Dispose() => _sample.Dispose();

    [Theory]
    [InlineData(5, "split", Scenario.GNs, "supsup")]
    [InlineData(2500, "lenet-2500", Scenario.GNu, "supsup")]
    [InlineData(12, "lenet-250-psp", Scenario.GG, "psp")]
    public void Given_a_finished_run_when_its_reports_are_written_again_then_every_file_is_there_and_whole(
        int tasks, string name, Scenario scenario, string method)
    {
        (RunFolder folder, ExperimentResult result) =
            _sample.Finish(new ExperimentConfig { Name = name, Tasks = tasks, Scenario = scenario, Method = method });
        ExperimentResult found = RunReports.Rewrite(folder.Path);
        RunReports.Rewrite(folder.Path);
        Assert.Equal(result.Accuracy, found.Accuracy);
        Assert.Equal([.. Files.Concat(["config.json", "results.json"]).Order(StringComparer.Ordinal)], Names(folder));
        foreach (string png in Directory.GetFiles(folder.Path, "*.png"))
            Assert.True(File.ReadAllBytes(png).AsSpan().StartsWith(PngSignature), png);
        foreach (string svg in Directory.GetFiles(folder.Path, "*.svg")) Assert.Equal("svg", XDocument.Load(svg).Root!.Name.LocalName);
    }

    [Fact]
    public void Given_one_checkpoint_when_written_then_there_is_no_matrix_to_draw()
    {
        (RunFolder folder, ExperimentResult _) = _sample.Finish(new ExperimentConfig { Name = "one", Tasks = 1 });
        RunReports.Rewrite(folder.Path);
        Assert.True(File.Exists(folder.File("accuracy.png")));
        Assert.False(File.Exists(folder.File("matrix.png")));
    }

    [Fact]
    public void Given_a_run_when_written_then_the_tables_hold_its_numbers_exactly()
    {
        (RunFolder folder, ExperimentResult result) = _sample.Finish(new ExperimentConfig { Name = "x", Tasks = 4, Checkpoints = [2] });
        RunReports.Write(folder, result);
        string[] byTask = File.ReadAllLines(folder.File("results.csv"));
        Assert.Equal("checkpoint,task,accuracy,givenTaskAccuracy,taskInferenceAccuracy", byTask[0]);
        Assert.Equal(1 + 2 + 4, byTask.Length);
        TaskScore last = result.Checkpoints[1].Tasks[3];
        Assert.Equal(["4", "3", .. new[] { last.Accuracy, last.GivenTaskAccuracy, last.TaskInferenceAccuracy }.Select(Exact)],
            byTask[^1].Split(','));

        string[] curve = File.ReadAllLines(folder.File("curve.csv"));
        Assert.Equal(
            "tasksLearned,accuracy,givenTaskAccuracy,taskInferenceAccuracy,forgetting,masks,bytes,trainSeconds,inferSeconds,inferQueries",
            curve[0]);
        Assert.Equal("0", curve[1].Split(',')[4]);
        Assert.Equal(["4", Exact(result.Accuracy), Exact(result.GivenTaskAccuracy), Exact(result.TaskInferenceAccuracy),
            Exact(result.Forgetting), "4", "4000", "6", "0.25", "316"], curve[2].Split(','));

        string[] matrix = File.ReadAllLines(folder.File("matrix.csv"));
        Assert.Equal("checkpoint,task_0,task_1,task_2,task_3", matrix[0]);
        Assert.EndsWith(",,", matrix[1], StringComparison.Ordinal);
        Assert.Equal(["4", .. result.Checkpoints[1].Tasks.Select(task => Exact(task.Accuracy))], matrix[2].Split(','));
    }

    [Fact]
    public void Given_numbers_that_are_not_known_when_written_then_their_cells_are_empty()
    {
        (RunFolder folder, ExperimentResult result) =
            _sample.Finish(new ExperimentConfig { Name = "x", Tasks = 1, Scenario = Scenario.GG, Method = "psp" });
        RunReports.Write(folder, result);
        Assert.EndsWith(",", File.ReadAllLines(folder.File("results.csv"))[1], StringComparison.Ordinal);
        Assert.Equal(["", "0", "", "1000"], File.ReadAllLines(folder.File("curve.csv"))[1].Split(',')[3..7]);
    }

    [Fact]
    public void Given_no_finished_run_when_reported_then_the_error_names_the_folder()
    {
        Assert.Contains(_sample.In("nowhere"), Assert.Throws<IOException>(() => RunReports.Rewrite(_sample.In("nowhere"))).Message,
            StringComparison.Ordinal);
        RunFolder begun = RunFolder.Open(_sample.In("begun"), new ExperimentConfig { Name = "x" });
        begun.Dispose();
        string message = Assert.Throws<IOException>(() => RunReports.Rewrite(begun.Path)).Message;
        Assert.Contains(begun.Path, message, StringComparison.Ordinal);
        Assert.Contains("results.json", message, StringComparison.Ordinal);
        Assert.Equal(["config.json"], Names(begun));
    }

    private static string Exact(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Names(RunFolder folder) =>
        Directory.GetFiles(folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
}
