using System.Collections.Immutable;
using SupSup.Core.Reservoirs;

namespace SupSup.Core.Tests.Reservoirs;

public sealed class GainMaskTests
{
    [Fact]
    public void Given_a_mask_when_packed_and_unpacked_then_it_is_the_same()
    {
        GainMask mask = GainMask.Of(ReservoirTests.Patterns(2, 21).Append(ReservoirTests.Patterns(1, 16)[0]));
        ImmutableArray<int> channels = [21, 21, 16];

        byte[] packed = mask.Pack();

        Assert.Equal(3 + 3 + 2, packed.Length);
        Assert.Equal(mask, GainMask.Unpack(packed, channels));
        Assert.Contains("has 8 bytes, not 7", Assert.Throws<ArgumentException>(() => GainMask.Unpack(packed.AsSpan(1), channels)).Message);
    }

    [Fact]
    public void Given_scores_when_they_become_a_mask_then_those_not_below_zero_are_kept()
    {
        GainMask mask = GainMask.Of([[0, -0.1f, 2], [1]]);

        Assert.Equal([1, -1, 1], mask.Signs(0));
        Assert.Equal(2, mask.Distance(GainMask.Of([[0, 0, 2], [-1]])));
        Assert.NotEqual(mask, GainMask.Of([[0, 0, 2], [1]]));
    }
}
