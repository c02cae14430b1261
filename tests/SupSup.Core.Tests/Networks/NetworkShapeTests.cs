using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Networks;

public sealed class NetworkShapeTests
{
    [Fact]
    public void Given_sizes_when_made_a_shape_then_layers_counts_and_bytes_follow()
    {
        var shape = new NetworkShape(7, [5], 3);

        Assert.Equal([new LayerShape(5, 7), new LayerShape(3, 5)], shape.Layers);
        Assert.Equal((7, 3, 50, 5 + 2), (shape.Inputs, shape.Outputs, shape.ParameterCount, shape.PackedBytes));
        Assert.Equal("7-5-3", shape.ToString());
        Assert.Equal("7-3", new NetworkShape(7, [], 3).ToString());
    }

    [Fact]
    public void Given_equal_sizes_when_compared_then_shapes_are_equal_and_others_are_not()
    {
        var shape = new NetworkShape(7, [5], 3);

        Assert.True(shape.Equals(new NetworkShape(7, [5], 3)));
        Assert.Equal(shape.GetHashCode(), new NetworkShape(7, [5], 3).GetHashCode());
        Assert.False(shape.Equals(new NetworkShape(5, [7], 3)));
        Assert.False(shape.Equals(new NetworkShape(7, [5, 3], 3)));
        Assert.False(shape.Equals(null));
        Assert.False(shape.Equals((object)"7-5-3"));
    }

    [Theory]
    [InlineData(0, 5, 3, "0-5-3")]
    [InlineData(7, -1, 3, "7--1-3")]
    [InlineData(7, 5, 1, "7-5-1")]
    [InlineData((1 << 20) + 1, 5, 3, "1048577-5-3")]
    [InlineData(1 << 20, 1 << 20, 3, "1048576-1048576-3")]
    [InlineData(1 << 15, 1 << 15, 2, "32768-32768-2")]
    public void Given_sizes_out_of_range_when_constructed_then_the_error_names_the_sizes(int inputs, int hidden, int outputs, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => new NetworkShape(inputs, [hidden], outputs));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_exactly_2_to_30_weights_when_constructed_then_it_is_allowed() =>
        Assert.Equal(1 << 30, new NetworkShape(1 << 15, [], 1 << 15).ParameterCount);
}
