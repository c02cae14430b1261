using SupSup.Core.Banks;

namespace SupSup.Core.Tests.Banks;

public sealed class NormalTailTests
{
    // Abramowitz and Stegun, tables 26.1 and 26.2.
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.30853753872598689)]
    [InlineData(1, 0.15865525393145705)]
    [InlineData(2, 0.022750131948179209)]
    [InlineData(5, 2.8665157187919391e-7)]
    [InlineData(8, 6.2209605742717841e-16)]
    [InlineData(-1, 0.84134474606854293)]
    public void Given_a_value_when_its_tail_is_asked_for_then_it_is_that_of_the_tables(double x, double tail) =>
        Assert.Equal(tail, NormalTail.Above(x), 1e-10 * tail);

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.01)]
    [InlineData(1e-5)]
    [InlineData(1e-9)]
    public void Given_a_probability_when_its_quantile_is_asked_for_then_so_much_lies_above(double probability) =>
        Assert.Equal(probability, NormalTail.Above(NormalTail.Quantile(probability)), 0.01 * probability);
}
