using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class RecipesTests
{
    [Fact]
    public void Given_this_build_when_recipes_are_listed_then_they_are_those_of_the_documents() =>
        Assert.Equal(
            [
                "paper", "fast", "best", "best-wide", "own-data", "own-turned", "sparse-paper", "imagenet-paper", "sparse-short",
                "own-pictures",
            ],
            Recipes.All.Select(recipe => recipe.Name));

    [Fact]
    public void Given_recipe_paper_when_read_then_it_is_rmsprop_1e_4_without_schedule_for_1000_batches_of_128()
    {
        Recipe paper = Recipes.Get("paper");

        Assert.Equal(("rmsprop", 1e-4, "constant", 1000, 128),
            (paper.Optimizer, paper.LearningRate, paper.Schedule, paper.Batches, paper.BatchSize));
        Assert.Null(paper.FirstLayerLearningRate);
    }

    [Fact]
    public void Given_the_other_recipes_when_read_then_they_are_adam_on_a_cosine_and_described()
    {
        Assert.All([Recipes.Get("fast"), Recipes.Get("best")], recipe => Assert.Equal(
            ("adam", "cosine", 128), (recipe.Optimizer, recipe.Schedule, recipe.BatchSize)));
        Assert.All(Recipes.All, recipe => Assert.NotEmpty(recipe.Description));
        Assert.NotNull(Recipes.Get("fast").FirstLayerLearningRate);
        Recipe own = Recipes.Get("own-data"), turned = Recipes.Get("own-turned");
        Assert.Equal(own with { Name = turned.Name, Description = turned.Description, Revision = 1, RotatedShare = 0.5 }, turned);
    }

    [Fact]
    public void Given_relative_rates_when_asked_for_a_layer_then_they_are_shares_of_its_greatest_initial_score()
    {
        Recipe relative = Recipes.Get("fast") with { LearningRate = 0.01, FirstLayerLearningRate = 0.02, RelativeRates = true };

        Assert.Equal((0.01, 0.001), (relative.RateOf(0, 4), relative.RateOf(1, 100)));
        Recipe plain = relative with { RelativeRates = false };
        Assert.Equal((0.02, 0.01), (plain.RateOf(0, 4), plain.RateOf(1, 100)));
        Assert.True(Recipes.Get("own-data").RelativeRates, "networks for data of one's own have layers of few inputs too");
    }

    [Fact]
    public void Given_an_unknown_name_when_asked_for_then_the_error_names_it_and_lists_the_known()
    {
        var error = Assert.Throws<ArgumentException>(() => Recipes.Get("slow"));

        Assert.Contains("'slow': use one of paper, fast, best", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_values_out_of_range_when_validated_then_the_error_names_recipe_field_and_value()
    {
        Recipe good = Recipes.Get("fast");
        (Recipe Bad, string Named)[] cases =
        [
            (good with { Batches = 0 }, "batches must be at least 1, not 0"),
            (good with { BatchSize = -3 }, "batchSize must be at least 1, not -3"),
            (good with { LearningRate = 0 }, "learningRate must be positive, not 0"),
            (good with { LearningRate = double.NaN }, "learningRate must be positive, not NaN"),
            (good with { LearningRate = double.PositiveInfinity }, "learningRate must be positive"),
            (good with { FirstLayerLearningRate = -1 }, "firstLayerLearningRate must be positive, not -1"),
            (good with { FirstLayerLearningRate = double.NaN }, "firstLayerLearningRate must be positive, not NaN"),
        ];

        foreach ((Recipe bad, string named) in cases)
        {
            var error = Assert.Throws<ArgumentException>(bad.Validated);
            Assert.Contains("recipe 'fast'", error.Message, StringComparison.Ordinal);
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Given_unknown_names_in_a_recipe_when_validated_then_the_error_names_them()
    {
        Recipe good = Recipes.Get("fast");

        Assert.Contains(
            "'no-such'",
            Assert.Throws<ArgumentException>((good with { Optimizer = "no-such" }).Validated).Message, StringComparison.Ordinal);
        Assert.Contains(
            "'linear'", Assert.Throws<ArgumentException>((good with { Schedule = "linear" }).Validated).Message, StringComparison.Ordinal);
        Assert.Same(good, good.Validated());
    }
}
