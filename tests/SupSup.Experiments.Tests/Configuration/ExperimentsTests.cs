using SupSup.Experiments.Configuration;
using Presets = SupSup.Experiments.Configuration.Experiments;

namespace SupSup.Experiments.Tests.Configuration;

public sealed class ExperimentsTests
{
    [Fact]
    public void Given_this_build_when_experiments_are_listed_then_each_is_valid_described_and_named_once()
    {
        Assert.All(Presets.All, preset => Assert.NotEmpty(preset.Validated().Description));
        Assert.Equal(Presets.All.Length, Presets.All.Select(preset => preset.Name).Distinct().Count());
        Assert.All(Presets.All, preset => Assert.Equal(preset.Tasks, preset.EvaluatedAt[^1]));
    }

    [Fact]
    public void Given_an_experiment_when_written_and_read_then_it_is_the_same()
    {
        Assert.All(Presets.All, preset => Assert.Equal(preset, ConfigJson.Read(ConfigJson.Write(preset))));
        Assert.NotEqual(Presets.All[0], Presets.All[0] with { Seed = 2 });
    }

    [Fact]
    public void Given_values_out_of_range_when_validated_then_the_error_names_experiment_and_value()
    {
        ExperimentConfig good = Presets.Get("permuted");
        (ExperimentConfig Bad, string Named)[] cases =
        [
            (good with { Tasks = 0 }, "tasks must be at least 1, not 0"),
            (good with { Inference = "guess" }, "unknown inference 'guess'"),
            (good with { Recipe = "slow" }, "unknown recipe 'slow'"),
            (good with { Method = "gem" }, "unknown rival 'gem'"),
            (good with { Method = "psp" }, "needs the task to be given; use scenario GG"),
            (good with { Method = "batche" }, "use scenario GG, or GNu with inference one-shot"),
            (good with { Family = "sheared" }, "unknown task family 'sheared'"),
            (good with { Allocation = "luck" }, "unknown allocation 'luck'"),
            (good with { ImagesPerQuery = 129 }, "imagesPerQuery must be 1 to 128, not 129"),
            (good with { Steps = 4 }, "inference shortlist takes no gradient steps"),
            (good with { Inference = "optimized", Steps = 0 }, "steps must be at least 1, not 0"),
            (good with { Inference = "optimized", StepSize = 0 }, "the step size must be above 0, not 0"),
            (good with { MaskCap = 0 }, "the mask cap must be at least 1, not 0"),
            (good with { LearningRate = -1 }, "learningRate must be positive, not -1"),
        ];

        Assert.All(cases, each => Assert.Contains(
            each.Named, Assert.Throws<ArgumentException>(each.Bad.Validated).Message, StringComparison.Ordinal));
    }
}
