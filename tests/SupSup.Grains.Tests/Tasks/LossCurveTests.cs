using System.Collections.Immutable;
using CsCheck;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tasks;

namespace SupSup.Grains.Tests.Tasks;

public sealed class LossCurveTests
{
    [Fact]
    public void Given_any_number_of_batches_when_added_then_few_points_spread_evenly_and_their_means_are_those_of_the_batches() =>
        Gen.Int[1, 5000].Sample(batches =>
        {
            LossCurve curve = new();
            for (int batch = 1; batch <= batches; batch++) curve.Add(batch, batch);
            ImmutableArray<LossPoint> points = curve.Points();
            Assert.InRange(points.Length, Math.Min(batches, 64), 128);
            Assert.Equal(batches, points[^1].Batch);
            int before = 0;
            foreach (LossPoint point in points)
            {
                Assert.Equal((before + 1 + point.Batch) / 2.0, point.Loss, 0.01);
                before = point.Batch;
            }

            Assert.Single(points.Zip(points.Skip(1), (a, b) => b.Batch - a.Batch).SkipLast(1).Append(points[0].Batch).Distinct());
        });

    [Fact]
    public void Given_a_training_that_goes_back_to_its_checkpoint_when_batches_come_again_then_the_curve_goes_back_too()
    {
        LossCurve curve = new();
        for (int batch = 1; batch <= 20; batch++) curve.Add(batch, 5);
        for (int batch = 11; batch <= 15; batch++) curve.Add(batch, 1);
        Assert.Equal(Enumerable.Range(1, 15), curve.Points().Select(point => point.Batch));
        Assert.Equal([.. Enumerable.Repeat(5f, 10), .. Enumerable.Repeat(1f, 5)], curve.Points().Select(point => point.Loss));
    }
}
