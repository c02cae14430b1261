using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports;

namespace SupSup.Experiments.Tests.Reports;

public sealed class ExperimentComparisonTests : IDisposable
{
    private readonly SampleRun _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Given_finished_runs_when_compared_then_there_are_a_figure_and_a_row_for_each()
    {
        _sample.Finish(new ExperimentConfig { Name = "lenet-250", Outputs = 100, Tasks = 20 }, "ours");
        _sample.Finish(new ExperimentConfig { Name = "lenet-250-psp", Method = "psp", Scenario = Scenario.GG, Tasks = 20 }, "psp");
        _sample.Finish(new ExperimentConfig { Name = "lenet-250", Outputs = 100, Tasks = 10, Seed = 2 }, "again");
        ExperimentComparison comparison = ExperimentComparison.Read([_sample.In("ours"), _sample.In("psp"), _sample.In("again")]);
        Assert.Equal(["lenet-250 in ours", "lenet-250-psp", "lenet-250 in again"], comparison.Results.Select(comparison.Label));

        comparison.Write(_sample.In("all"));
        string[] rows = File.ReadAllLines(_sample.In("all.csv"));
        Assert.Equal(
            "name,method,tasks,scenario,accuracy,givenTaskAccuracy,taskInferenceAccuracy,"
                + "forgetting,backwardTransfer,forwardTransfer,bytes,trainSeconds,totalSeconds,"
                + "maskRule,bytesPerTask,bitsBytes,sparseBytes,differenceBytes,shortestBytes", rows[0]);
        Assert.Equal(["lenet-250,supsup,20,GNu", "lenet-250-psp,psp,20,GG", "lenet-250,supsup,10,GNu"], rows.Skip(1)
            .Select(row => string.Join(',', row.Split(',')[..4])));
        Assert.Equal(["", "20000", "30", "3725"], [rows[2].Split(',')[6], .. rows[2].Split(',')[10..13]]);
        Assert.Contains("paper: BatchE, .882", File.ReadAllText(_sample.In("all.svg")), StringComparison.Ordinal);
        Assert.True(File.Exists(_sample.In("all.png")));
    }

    [Fact]
    public void Given_runs_of_several_densities_when_compared_by_bytes_then_each_is_a_point_and_those_of_one_kind_a_curve()
    {
        foreach (string density in new[] { "0.04", "0.5", "er-4", "er-16" })
            Finish($"top-k:{density}", new EncodedBytes(39_000, 12_000, 41_000, 12_000));
        Finish("threshold", new EncodedBytes(39_000, 39_000, 16_402, 16_402));
        _sample.Finish(new ExperimentConfig { Name = "batche", Method = "batche", Scenario = Scenario.GG, Tasks = 2 }, "batche");
        string[] runs = ["top-k:0.04", "top-k:0.5", "top-k:er-4", "top-k:er-16", "threshold", "batche"];

        ExperimentComparison.Read(runs.Select(_sample.In)).Write(_sample.In("bytes"), ComparedBy.Bytes);

        string svg = File.ReadAllText(_sample.In("bytes.svg"));
        Assert.All(
            ["4 %", "50 %", "k = 4", "k = 16", "mask rule threshold", "the same share of each layer", "BatchE", "20 KB", "a bit for each"],
            text => Assert.Contains(text, svg, StringComparison.Ordinal));
        string[] rows = File.ReadAllLines(_sample.In("bytes.csv"));
        Assert.EndsWith(",threshold,39500,39000,39000,16402,16402", rows[5], StringComparison.Ordinal);
        Assert.EndsWith(",,1000,,,,", rows[6], StringComparison.Ordinal);
    }

    [Fact]
    public void Given_runs_of_several_output_sizes_when_compared_by_them_then_each_objective_is_a_curve()
    {
        foreach ((int outputs, string objective) in new[] { (25, "H"), (500, "H"), (25, "G"), (500, "G") })
            _sample.Finish(
                new ExperimentConfig { Name = "sizes", Outputs = outputs, Objective = objective, Tasks = 20 }, $"{outputs}-{objective}");

        ExperimentComparison.Read(new[] { "500-H", "25-H", "25-G", "500-G" }.Select(_sample.In))
            .Write(_sample.In("outputs"), ComparedBy.Outputs);

        string svg = File.ReadAllText(_sample.In("outputs.svg"));
        Assert.All(["output size s", @">\s*25\s*<", @">\s*500\s*<"], text => Assert.Matches(text, svg));
        Assert.All(["objective H", "objective G"], text => Assert.Equal(2, svg.Split(text).Length));
    }

    [Fact]
    public void Given_a_folder_without_results_when_compared_then_the_error_names_it_and_nothing_is_written()
    {
        _sample.Finish(new ExperimentConfig { Name = "x" }, "done");
        RunFolder.Open(_sample.In("begun"), new ExperimentConfig { Name = "x" }).Dispose();
        IOException error = Assert.Throws<IOException>(() => ExperimentComparison.Read([_sample.In("done"), _sample.In("begun")]));
        Assert.Contains(_sample.In("begun"), error.Message, StringComparison.Ordinal);
    }

    // A run whose files have a bit for each weight.
    private void Finish(string rule, EncodedBytes encoded)
    {
        ExperimentConfig config = new() { Name = "masks", MaskRule = rule, Scenario = Scenario.GG, Tasks = 2 };
        (RunFolder folder, ExperimentResult result) = _sample.Finish(config, rule);
        folder.Write("results.json", result with { BytesPerTask = 39_500, Encoded = encoded });
    }
}
