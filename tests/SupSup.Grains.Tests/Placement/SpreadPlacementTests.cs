using System.Net;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Placement;

namespace SupSup.Grains.Tests.Placement;

public sealed class SpreadPlacementTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Given_silos_when_shards_are_placed_then_each_holds_as_many_as_the_others_give_or_take_one(int count)
    {
        SiloAddress[] silos = [.. Enumerable.Range(0, count).Select(Silo)];
        foreach (string model in new[] { "m", "digits", "Ω" })
        {
            int[] held =
                [.. silos.Select(silo => Enumerable.Range(0, 100).Count(shard => Choose(Shard(model, shard), silos).Equals(silo)))];
            Assert.InRange(held.Max() - held.Min(), 0, 1);
            Assert.Equal(100, held.Sum());
        }
    }

    [Fact]
    public void Given_silos_in_any_order_when_a_shard_is_placed_then_it_is_the_same_silo()
    {
        SiloAddress[] silos = [.. Enumerable.Range(0, 5).Select(Silo)];
        for (int shard = 0; shard < 20; shard++)
            Assert.Equal(Choose(Shard("m", shard), silos), Choose(Shard("m", shard), [.. silos.Reverse()]));
    }

    [Fact]
    public void Given_silos_with_a_gpu_when_shards_are_placed_then_the_others_hold_them_unless_there_are_none()
    {
        SiloAddress[] silos = [.. Enumerable.Range(0, 4).Select(Silo)];
        Assert.Equal([silos[1], silos[3]], Enumerable.Range(0, 20).Select(shard => Choose(Shard("m", shard), silos, silos[0], silos[2]))
            .Distinct().OrderBy(silo => silo.Endpoint.Port));
        Assert.Equal([silos[0], silos[2]], Enumerable.Range(0, 20).Select(
            shard => Choose(Shard("m", shard), [silos[0], silos[2]], silos[0], silos[2])).Distinct().OrderBy(silo => silo.Endpoint.Port));
    }

    private static SiloAddress Silo(int n) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111 + n), 100 - n);

    private static GrainId Shard(string model, int shard) => GrainId.Create("shard", GrainKeys.Shard(model, shard));

    private static SiloAddress Choose(GrainId shard, IReadOnlyCollection<SiloAddress> silos, params SiloAddress[] gpus) =>
        SpreadPlacementDirector.Choose(shard, silos, gpus.Contains);
}
