using System.Text.Json;

namespace SupSup.Cli.Tests;

public sealed class ExperimentTests : IDisposable
{
    private readonly Tool _tool = new();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData("GNu")]
    [InlineData("NNs")]
    public async Task Given_an_experiment_when_run_twice_then_json_tells_what_was_measured_and_the_second_time_nothing_is_run(
        string scenario)
    {
        string[] arguments = ["experiment", "permuted", "--tasks", "2", "--batches", "60", "--queries", "20", "--scenario", scenario,
            "--data", Tool.SharedData, "--json", "--out", _tool.In("run")];
        JsonElement result = (await _tool.RunAsync(arguments)).Json;

        Assert.Equal((2, scenario), (result.GetProperty("tasks").GetInt32(), result.GetProperty("scenario").GetString()));
        Assert.InRange(result.GetProperty("givenTaskAccuracy").GetDouble(), 0.8, 1);
        Assert.InRange(result.GetProperty("accuracy").GetDouble(), 0.5, 1);
        Assert.InRange(result.GetProperty("taskInferenceAccuracy").GetDouble(), 0.8, 1);
        Assert.Equal(39_492, result.GetProperty("bytesPerTask").GetDouble());
        Assert.True(result.GetProperty("trainSeconds").GetDouble() > 0);
        Assert.True(result.GetProperty("inferSeconds").GetDouble() > 0);
        Assert.Equal((2 * 79) + (2 * 20), result.GetProperty("inferQueries").GetInt64());
        Assert.Equal(_tool.In("run"), result.GetProperty("out").GetString());
        Assert.All(["results.json", "results.csv", "curve.csv", "summary.md", "accuracy.png", "accuracy.svg"], file => Assert.True(
            File.Exists(_tool.In($"run/{file}")), file));

        Tool.Outcome again = await _tool.RunAsync(arguments);
        Assert.Contains("already finished", again.Error, StringComparison.Ordinal);
        Assert.Equal(result.GetProperty("totalSeconds").GetDouble(), again.Json.GetProperty("totalSeconds").GetDouble());
    }

    [Fact]
    public async Task Given_a_finished_run_when_asked_by_gradient_steps_then_its_masks_are_taken_and_nothing_is_learned()
    {
        string[] training = ["experiment", "permuted", "--tasks", "2", "--batches", "60", "--data", Tool.SharedData, "--json"];
        await _tool.RunAsync([.. training, "--scenario", "GG", "--out", _tool.In("run")]);

        Tool.Outcome optimized = await _tool.RunAsync([.. training, "--queries", "20", "--inference", "optimized", "--steps", "3",
            "--step-size", "0.5", "--masks", _tool.In("run"), "--out", _tool.In("optimized")]);
        JsonElement steps = (await _tool.RunAsync("experiment", "steps", _tool.In("run"), "--steps", "1,2", "--images", "20", "--data",
            Tool.SharedData, "--json", "--out", _tool.In("steps.png"))).Json;

        Assert.Contains("2 of 2 masks taken", optimized.Error, StringComparison.Ordinal);
        Assert.InRange(optimized.Json.GetProperty("taskInferenceAccuracy").GetDouble(), 0.8, 1);
        Assert.Equal((7, 20), (steps.GetProperty("figures").GetArrayLength(), steps.GetProperty("queries").GetInt32()));
        Assert.True(File.Exists(_tool.In("steps.png")));
    }

    [Fact]
    public async Task Given_a_folder_of_ten_classes_when_splitimagenet_is_run_on_it_then_it_is_streamed_and_one_task_is_learned()
    {
        string[] arguments = ["experiment", "splitimagenet-k8", "--network", "conv4:7:4-norm-relu-average", "--batches", "2",
            "--batch-size", "8", "--json", "--out", _tool.In("run"), "--dataset"];
        Tool.Outcome outcome = await _tool.RunAsync([.. arguments, _tool.Pictures("digits", 0, 10)]);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("has 10 classes, enough for 1 of 100 tasks", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Json.GetProperty("tasks").GetInt32());
        string data = outcome.Json.GetProperty("config").GetProperty("dataset").GetString()!;
        Assert.EndsWith(
            "/digits?deviations=.229,.224,.225&means=.485,.456,.406&resize=256&size=224&stream=yes", data, StringComparison.Ordinal);
        Assert.EndsWith("/00000.supmask", Assert.Single(Directory.GetFiles(_tool.In("run/masks"))), StringComparison.Ordinal);

        Tool.Outcome compared = await _tool.RunAsync(
            "experiment", "compare", _tool.In("run"), "--by", "bytes", "--out", _tool.In("bytes.png"));
        Assert.True(compared.ExitCode == 0, compared.Error);
        Assert.Contains("bytes a task: as the run keeps it", compared.Output, StringComparison.Ordinal);
        Assert.All(["png", "svg", "csv"], kind => Assert.True(File.Exists(_tool.In($"bytes.{kind}")), kind));

        (await _tool.RunAsync([.. arguments, _tool.Pictures("few", 0, 9)])).ShouldFail(2, "9 classes, too few for one task of family");
        (await _tool.RunAsync(arguments[..^1])).ShouldFail(2, "`supsup experiment splitimagenet-k8 --dataset ./imagenet`");
    }

    [Fact]
    public async Task Given_this_build_when_experiments_are_listed_then_each_is_named()
    {
        JsonElement list = (await _tool.RunAsync("experiment", "list", "--json")).Json;

        Assert.Contains("lenet-2500", list.EnumerateArray().Select(preset => preset.GetProperty("name").GetString()));
    }
}
