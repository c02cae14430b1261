using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Networks;

public sealed class NetworkShapeTests
{
    // 20 channels from 3 by windows of 3 x 3: not a chain with what follows.
    private static NetworkShape Shape => new([new(20, 27), new(5, 80)]);

    [Fact]
    public void Given_any_matrices_when_made_a_shape_then_counts_and_bytes_follow()
    {
        Assert.Equal((940, 68 + 50), (Shape.ParameterCount, Shape.PackedBytes));
        Assert.Equal((5 * 7, 5), (new LayerShape(5, 7).Count, new LayerShape(5, 7).PackedBytes));
        Assert.Equal("20x27 5x80", Shape.ToString());
    }

    [Fact]
    public void Given_equal_matrices_when_compared_then_shapes_are_equal_and_others_are_not()
    {
        Assert.True(Shape.Equals(Shape));
        Assert.True(Shape.Equals(new NetworkShape(Shape.Layers)));
        Assert.Equal(Shape.GetHashCode(), new NetworkShape(Shape.Layers).GetHashCode());
        Assert.False(Shape.Equals(new NetworkShape([new(27, 20), new(5, 80)])));
        Assert.False(Shape.Equals(new NetworkShape(Shape.Layers[..1])));
        Assert.False(Shape.Equals(null));
        Assert.False(Shape.Equals((object)"20x27 5x80"));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, -1)]
    [InlineData(1 << 20, 1 << 20)]
    [InlineData(1 << 15, (1 << 15) + 1)]
    public void Given_a_matrix_out_of_range_when_constructed_then_the_error_names_it(int outputs, int fanIn)
    {
        var error = Assert.Throws<ArgumentException>(() => new NetworkShape([new(outputs, fanIn)]));

        Assert.Contains($"{outputs}x{fanIn}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_no_matrix_when_constructed_then_it_is_refused() => Assert.Throws<ArgumentException>(() => new NetworkShape([]));

    [Fact]
    public void Given_exactly_2_to_30_weights_when_constructed_then_it_is_allowed() =>
        Assert.Equal(1 << 30, new NetworkShape([new(1 << 15, 1 << 15)]).ParameterCount);
}
