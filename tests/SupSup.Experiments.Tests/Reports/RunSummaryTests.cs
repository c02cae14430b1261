using SupSup.Core.Inference;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Reports;
using SupSup.Experiments.Reports.Paper;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Experiments.Tests.Reports;

public sealed class RunSummaryTests
{
    [Theory]
    [InlineData("lenet-250", "supsup", 0.936)]
    [InlineData("lenet-250-paper", "supsup", 0.936)]
    [InlineData("lenet-250-own-weights", "own-weights", 0.949)]
    [InlineData("lenet-250-batche", "batche", 0.882)]
    [InlineData("lenet-250-psp", "psp", 0.88)]
    [InlineData("fc1024-250", "supsup", 0.959)]
    [InlineData("lenet-2500", "supsup", 0.9345)]
    [InlineData("lenet-2500-fast", "supsup", 0.9345)]
    [InlineData("lenet-2500-nns", "supsup", 0.925)]
    [InlineData("permuted", "supsup", 0.9345)]
    [InlineData("split", "supsup", 0.9743)]
    public void Given_an_experiment_of_the_paper_when_looked_up_then_it_is_beside_the_papers_curve_of_its_method(
        string name, string method, double accuracy)
    {
        PaperLevel level = PaperFigure.Of(Presets.Get(name))!.Level(Presets.Get(name))!;
        Assert.Equal((method, accuracy), (level.Method, level.Accuracy));
    }

    [Fact]
    public void Given_settings_that_the_paper_has_no_curve_of_when_looked_up_then_there_is_none()
    {
        ExperimentConfig lenet = Presets.Get("lenet-250");
        Assert.Null(PaperFigure.Of(Presets.Get("rotated")));
        Assert.Null(PaperFigure.Of(lenet with { Dataset = "fashion-mnist" }));
        Assert.Null(PaperFigure.Of(lenet with { Network = "fc-1024" }));
        Assert.Null(PaperFigure.Of(lenet with { Outputs = 200 }));
        Assert.Null(PaperFigure.Of(lenet with { Scenario = Scenario.GG }));
        Assert.Null(PaperFigure.Of(Presets.Get("lenet-250-one-network"))!.Level(Presets.Get("lenet-250-one-network")));
        Assert.Equal(0.957, PaperFigure.Of(Presets.Get("fc1024-250"))!.Level(Presets.Get("fc1024-250") with { Objective = "H" })!.Accuracy);
    }

    [Fact]
    public void Given_a_changed_preset_when_its_command_is_made_then_it_has_just_the_changes()
    {
        ExperimentConfig preset = Presets.Get("lenet-250");
        Assert.Equal(("./supsup experiment lenet-250", ""), (RepeatCommand.Of(preset).Line, RepeatCommand.Of(preset).Changes));
        Assert.Equal("--tasks 50 --seed 2", RepeatCommand.Of(preset with { Tasks = 50, Seed = 2 }).Changes);
        RepeatCommand changed = RepeatCommand.Of(preset with
        {
            Tasks = 50,
            Seed = 2,
            SharedInitialScores = false,
            LearningRate = 0.5,
            Layers = LayerSelection.All,
            Scenario = Scenario.NNs,
            CertainAbove = 2,
            MaskRule = "top-k:0.5",
            Fit = 0.25,
        });
        Assert.Equal(
            "./supsup experiment lenet-250 --tasks 50 --scenario NNs --mask-rule top-k:0.5 --learning-rate 0.5 --initial-scores own "
                + "--layers all --fit 0.25 --seed 2",
            changed.Line);
        Assert.Equal(["certainAbove"], changed.Unsaid);
        Assert.Equal(
            "./supsup experiment splitimagenet-k4 --dataset '/data/imagenet?size=224&stream=yes' --tasks 5",
            RepeatCommand.Of(
                Presets.Get("splitimagenet-k4") with { Dataset = "/data/imagenet?size=224&stream=yes", DatasetOptions = null, Tasks = 5 })
                .Line);
        Assert.Equal(
            "./supsup experiment lenet-250 --network 'conv8-res(conv8|conv8:1)-average'",
            RepeatCommand.Of(preset with { Network = "conv8-res(conv8|conv8:1)-average" }).Line);
        Assert.Null(RepeatCommand.Of(new ExperimentConfig { Name = "of my own" }).Line);
    }

    // A setting that the command forgets would measure something else.
    [Fact]
    public void Given_every_setting_changed_when_its_command_is_made_then_it_has_all_but_those_that_no_option_sets()
    {
        RepeatCommand changed = RepeatCommand.Of(Presets.Get("permuted") with
        {
            Method = "batche",
            Family = "split",
            Dataset = "fashion-mnist",
            Tasks = 3,
            Scenario = Scenario.GG,
            Network = "fc-1024",
            Outputs = 44,
            MaskRule = "top-k:0.5",
            Recipe = "best",
            Batches = 7,
            BatchSize = 9,
            Transfer = true,
            RotatedShare = 0.25,
            LearningRate = 0.5,
            FirstLayerLearningRate = 0.25,
            SharedInitialScores = true,
            Objective = "H",
            Inference = "binary",
            Layers = LayerSelection.All,
            Shortlist = 3,
            CertainAbove = 2,
            ImagesPerQuery = 4,
            Queries = 5,
            Seed = 6,
            Checkpoints = [2],
            Allocation = "paper",
            Fit = 0.25,
            MaskCap = 8,
        });

        Assert.Equal(["certainAbove", "imagesPerQuery", "checkpoints"], changed.Unsaid);
        Assert.Contains(" --initial-scores shared --transfer --rotated-share 0.25 ", changed.Line, StringComparison.Ordinal);
        RepeatCommand back = RepeatCommand.Of(Presets.Get("splitcifar-k16-transfer") with { Transfer = false });
        Assert.Equal(["transfer"], back.Unsaid);
    }

    [Fact]
    public void Given_a_run_when_summed_up_then_the_row_has_both_numbers_their_difference_the_time_and_the_command()
    {
        ExperimentConfig config = Presets.Get("lenet-250") with { Tasks = 1, Checkpoints = [] };
        string text = RunSummary.Text(SampleRun.Result(config));
        Assert.Contains(
            "| SupSup, task inferred (GNu), 1 task | ~.936 | .9300 | −.0060 | 1 h 2 min | `./supsup experiment lenet-250 --tasks 1` |",
            text, StringComparison.Ordinal);
        Assert.Contains("No option sets checkpoints", text, StringComparison.Ordinal);
        Assert.Contains("read off its plot", text, StringComparison.Ordinal);
    }
}
