using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class SchedulesTests
{
    [Theory]
    [InlineData("constant", 0, 1.0)]
    [InlineData("constant", 50, 1.0)]
    [InlineData("constant", 99, 1.0)]
    [InlineData("cosine", 0, 1.0)]
    [InlineData("cosine", 25, 0.853553390593)]
    [InlineData("cosine", 50, 0.5)]
    [InlineData("cosine", 75, 0.146446609407)]
    [InlineData("cosine", 99, 0.000246719817)]
    [InlineData("cosine", 100, 0.0)]
    [InlineData("cosine", 130, 0.0)]
    [InlineData("warmup-cosine", 0, 0.2)]
    [InlineData("warmup-cosine", 3, 0.8)]
    [InlineData("warmup-cosine", 4, 1.0)]
    [InlineData("warmup-cosine", 5, 1.0)]
    [InlineData("warmup-cosine", 24, 0.904508497187)]
    [InlineData("warmup-cosine", 62, 0.345491502813)]
    [InlineData("warmup-cosine", 100, 0.0)]
    public void Given_a_schedule_of_100_batches_when_asked_then_the_factor_is_right(string name, int batch, double factor) =>
        Assert.Equal(factor, Schedules.Get(name)(batch, 100), 1e-9);

    [Fact]
    public void Given_an_unknown_name_when_asked_for_then_the_error_names_it_and_lists_the_known()
    {
        var error = Assert.Throws<ArgumentException>(() => Schedules.Get("linear"));

        Assert.Contains("'linear': use one of constant, cosine, warmup-cosine", error.Message, StringComparison.Ordinal);
    }
}
