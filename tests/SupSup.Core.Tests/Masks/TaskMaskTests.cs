using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Tests.Masks;

public sealed class TaskMaskTests
{
    // Layers of 35 and 15 weights: 5 + 2 bytes, with 5 and 1 padding bits.
    private static readonly NetworkShape Shape = NetworkPlan.Dense(7, [5], 3).Shape;

    [Fact]
    public void Given_bits_when_indexed_then_layer_row_and_column_are_found_where_the_layout_puts_them()
    {
        for (int l = 0; l < 2; l++)
        {
            for (int n = 0; n < Shape.Layers[l].Count; n++)
            {
                byte[] bits = new byte[7];
                bits[5 * l + n / 8] = (byte)(1 << (n % 8));
                var mask = new TaskMask(Shape, bits);

                int columns = Shape.Layers[l].FanIn;
                Assert.True(mask[l, n / columns, n % columns]);
                Assert.Equal((l == 0 ? 1 : 0, l == 1 ? 1 : 0), (mask.CountOnes(0), mask.CountOnes(1)));
                Assert.Equal(1, Cells().Count(cell => mask[cell.Layer, cell.Row, cell.Column]));
            }
        }
    }

    [Fact]
    public void Given_a_mask_when_its_layers_are_read_then_they_split_the_bits()
    {
        var mask = new TaskMask(Shape, [1, 2, 3, 4, 5, 6, 7]);

        Assert.Equal([1, 2, 3, 4, 5], mask.Layer(0).ToArray());
        Assert.Equal([6, 7], mask.Layer(1).ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], mask.Bits.ToArray());
    }

    [Fact]
    public void Given_effective_weights_when_a_mask_is_made_of_them_then_it_keeps_those_that_are_not_zero()
    {
        float[][] effective = [
            [.. Enumerable.Range(0, 35).Select(n => n % 3 == 0 ? -0.5f : 0)],
            [.. Enumerable.Range(0, 15).Select(n => n % 3 == 1 ? float.Epsilon : -0f)]];

        TaskMask mask = TaskMask.Keeping(Shape, effective);

        Assert.Equal([0x49, 0x92, 0x24, 0x49, 0x02, 0x92, 0x24], mask.Bits.ToArray());
    }

    [Theory]
    [InlineData(4, 3, 0)]
    [InlineData(4, 7, 0)]
    [InlineData(6, 7, 1)]
    public void Given_a_padding_bit_that_is_set_when_constructed_then_the_error_names_the_layer(int at, int bit, int layer)
    {
        byte[] bits = new byte[7];
        bits[at] = (byte)(1 << bit);

        var error = Assert.Throws<ArgumentException>(() => new TaskMask(Shape, bits));

        Assert.Contains($"layer {layer} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_every_weight_bit_set_when_constructed_then_only_the_padding_must_be_zero()
    {
        var mask = new TaskMask(Shape, [255, 255, 255, 255, 0b111, 255, 0b111_1111]);

        Assert.Equal((35, 15), (mask.CountOnes(0), mask.CountOnes(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(8)]
    public void Given_a_wrong_length_when_constructed_then_the_error_names_both_lengths(int bytes)
    {
        var error = Assert.Throws<ArgumentException>(() => new TaskMask(Shape, new byte[bytes]));

        Assert.Contains("5x7 3x5 has 7 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains($"not {bytes}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 7)]
    [InlineData(0, 0, -1)]
    [InlineData(0, 5, 0)]
    [InlineData(1, 3, 0)]
    [InlineData(1, -1, 4)]
    public void Given_a_place_outside_its_layer_when_indexed_then_refused(int layer, int row, int column)
    {
        var mask = new TaskMask(Shape, new byte[7]);

        Assert.Throws<ArgumentOutOfRangeException>(() => mask[layer, row, column]);
    }

    private static IEnumerable<(int Layer, int Row, int Column)> Cells() =>
        from layer in Enumerable.Range(0, 2)
        from row in Enumerable.Range(0, Shape.Layers[layer].Outputs)
        from column in Enumerable.Range(0, Shape.Layers[layer].FanIn)
        select (layer, row, column);
}
