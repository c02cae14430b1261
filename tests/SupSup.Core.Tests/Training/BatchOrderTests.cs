using CsCheck;
using SupSup.Core.Training;

namespace SupSup.Core.Tests.Training;

public sealed class BatchOrderTests
{
    [Fact]
    public void Given_any_numbers_of_examples_and_batch_when_drawn_then_every_epoch_holds_every_example_once() =>
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 70], Gen.ULong).Sample((examples, batch, seed) =>
        {
            int[] drawn = Draw(new BatchOrder(examples, seed), batch, batches: 3 * examples / batch + 4);

            foreach (int[] epoch in drawn.Chunk(examples).Take(3))
                Assert.Equal(Enumerable.Range(0, examples), epoch.Order());
        });

    // Computed by an independent implementation of docs/formats.md.
    [Fact]
    public void Given_a_task_seed_when_two_epochs_are_drawn_then_each_has_the_order_of_the_contract()
    {
        Assert.Equal([3, 1, 0, 2, 4, 2, 1, 0, 3, 4], Draw(new BatchOrder(5, 9), batch: 2, batches: 5));
        Assert.Equal([46679, 16782, 4477, 59172, 7793, 40325, 44669, 51211], Draw(new BatchOrder(60_000, 1), batch: 8, batches: 1));
    }

    [Fact]
    public void Given_other_batch_sizes_when_drawn_then_the_examples_come_in_the_same_order() =>
        Assert.Equal(Draw(new BatchOrder(100, 5), batch: 7, batches: 30), Draw(new BatchOrder(100, 5), batch: 30, batches: 7));

    [Fact]
    public void Given_another_task_seed_or_the_next_epoch_when_drawn_then_the_order_differs()
    {
        int[] drawn = Draw(new BatchOrder(100, 5), batch: 100, batches: 2);

        Assert.NotEqual(drawn[..100], drawn[100..]);
        Assert.NotEqual(drawn[..100], Draw(new BatchOrder(100, 6), batch: 100, batches: 1));
    }

    [Fact]
    public void Given_no_examples_when_constructed_then_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchOrder(0, 1));

    private static int[] Draw(BatchOrder order, int batch, int batches)
    {
        int[] drawn = new int[batch * batches];
        for (int b = 0; b < batches; b++)
            order.Next(drawn.AsSpan(b * batch, batch));
        return drawn;
    }
}
