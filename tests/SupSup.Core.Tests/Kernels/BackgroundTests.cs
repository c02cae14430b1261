using CsCheck;
using SupSup.Core.Kernels;

namespace SupSup.Core.Tests.Kernels;

public sealed class BackgroundTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(784)]
    [InlineData(100_352)]
    public void Given_one_value_everywhere_when_found_then_it_is_that(int length) =>
        Assert.Equal(-0.4242f, Background.Find([.. Enumerable.Repeat(-0.4242f, length)]));

    [Fact]
    public void Given_a_value_at_more_than_half_of_the_places_when_found_then_it_is_that_wherever_they_are() =>
        Gen.Select(Gen.Int[1, 500], Gen.Int).Sample((length, seed) =>
        {
            float[] values = RandomData.Floats(length, seed);
            for (int n = 0; n <= length / 2; n++) values[n] = -0.4242f;
            new System.Random(seed).Shuffle(values);
            Assert.Equal(-0.4242f, Background.Find(values));
        });

    [Fact]
    public void Given_a_batch_of_images_four_fifths_of_them_black_when_found_then_it_is_black()
    {
        float[] values = RandomData.Floats(128 * 784, 1);
        var random = new System.Random(1);
        for (int n = 0; n < values.Length; n++)
            if (random.NextDouble() < 0.8) values[n] = -0.4242f;

        Assert.Equal(-0.4242f, Background.Find(values));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(784)]
    [InlineData(100_352)]
    public void Given_no_value_twice_when_found_then_it_is_zero(int length) =>
        Assert.Equal(0, Background.Find([.. Enumerable.Range(1, length).Select(n => (float)n)]));

    [Fact]
    public void Given_a_value_at_half_of_the_places_only_when_found_then_it_is_zero() =>
        Assert.Equal(0, Background.Find([5, 1, 5, 2, 5, 3]));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Given_mostly_values_that_are_no_numbers_when_found_then_it_is_zero(float value) =>
        Assert.Equal(0, Background.Find([value, value, 1, value, value]));

    [Fact]
    public void Given_anything_when_found_then_it_is_finite() =>
        Gen.OneOf(Gen.Float, Gen.OneOf(float.NaN, float.PositiveInfinity, 0f, 1f)).Array[0, 40]
            .Sample(values => Assert.True(float.IsFinite(Background.Find(values))));
}
