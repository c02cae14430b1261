using System.Collections.Immutable;
using System.Text.Json;
using SupSup.Core.Devices;
using SupSup.Core.Training;
using SupSup.Experiments.Configuration;
using SupSup.Experiments.Running;
using SupSup.Experiments.Tests.Methods;
using SupSup.Experiments.Tests.Running;
using SupSup.Experiments.Tuning;

namespace SupSup.Experiments.Tests.Tuning;

public sealed class TuneRunTests
{
    private static readonly TuneSpace Space =
        new() { LearningRates = [1e-6, 3e-3], FirstLayerShares = [0.5, 1], SharedInitialScores = [true], Stages = [1, 3] };

    [Fact]
    public async Task Given_rates_of_which_some_learn_nothing_when_searched_then_the_better_half_goes_on_and_a_recipe_comes_out()
    {
        string folder = Small.NewFolder();

        ImmutableArray<TuneTrial> trials = await Search(folder);

        Assert.Equal([3, 3, 1, 1], trials.Select(trial => trial.Tasks));
        Assert.All(trials[..2], trial => Assert.Equal(3e-3, trial.LearningRate));
        Assert.True(trials[0].Accuracy >= trials[1].Accuracy);
        Recipe recipe = JsonSerializer.Deserialize<Recipe>(await File.ReadAllTextAsync(
            Path.Combine(folder, "recipe.json"), TestContext.Current.CancellationToken), ConfigJson.Options)!.Validated();
        Assert.Equal((trials[0].LearningRate, trials[0].FirstLayerLearningRate), (recipe.LearningRate, recipe.FirstLayerLearningRate));
        Assert.Equal(5, File.ReadLines(Path.Combine(folder, "tune.csv")).Count());
    }

    [Fact]
    public async Task Given_a_finished_search_when_searched_again_then_its_trials_are_taken_as_they_are()
    {
        string folder = Small.NewFolder();
        ImmutableArray<TuneTrial> first = await Search(folder);

        Assert.Equal(first, await Search(folder, new Small.Silent(() => Assert.Fail("something was run"))));
    }

    [Fact]
    public void Given_a_space_that_is_empty_or_absurd_when_trials_are_made_then_the_error_says_why()
    {
        Assert.Contains("at least one value", Assert.Throws<ArgumentException>(
            () => (Space with { LearningRates = [] }).Trials(Small.Config)).Message, StringComparison.Ordinal);
        Assert.Contains("positive", Assert.Throws<ArgumentException>(
            () => (Space with { FirstLayerShares = [0] }).Trials(Small.Config)).Message, StringComparison.Ordinal);
        Assert.Contains("must grow, not 10, 10", Assert.Throws<ArgumentException>(
            () => (Space with { Stages = [10, 10] }).Trials(Small.Config)).Message, StringComparison.Ordinal);
    }

    private static Task<ImmutableArray<TuneTrial>> Search(string folder, IRunDisplay? display = null) =>
        new TuneRun(Small.Config with { Queries = 0 }, Space, new RunResources(ComputeDevice.Parse("cpu")), display ?? new Small.Silent())
            .RunAsync(SmallData.Images, folder, TestContext.Current.CancellationToken);
}
