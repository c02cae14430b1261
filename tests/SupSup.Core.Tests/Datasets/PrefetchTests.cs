using SupSup.Core.Datasets;

namespace SupSup.Core.Tests.Datasets;

public sealed class PrefetchTests
{
    [Fact]
    public void Given_things_to_make_when_taken_then_they_come_in_order_and_never_more_than_so_many_are_ahead()
    {
        const int Ahead = 5;
        (int asked, int taken, int most) = (0, 0, 0);
        using Prefetch<int, int> made = new(
            300, Ahead,
            () =>
            {
                int alive = asked + 1 - Volatile.Read(ref taken);
                most = Math.Max(most, alive);
                return asked++;
            },
            key => key * key);

        for (int n = 0; n < 300; n++)
        {
            Assert.Equal(n * n, made.Take());
            Volatile.Write(ref taken, n + 1);
        }

        Assert.Equal(300, asked);
        Assert.InRange(most, 1, Ahead + 1); // taken is told after Take
    }

    [Fact]
    public void Given_several_threads_when_things_are_made_then_they_are_made_at_once()
    {
        if (Environment.ProcessorCount < 2) return;
        using CountdownEvent two = new(2);
        using Prefetch<int, bool> made = new(2, 2, () => 0, _ =>
        {
            two.Signal();
            return two.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        });

        Assert.True(made.Take());
        Assert.True(made.Take());
    }

    [Fact]
    public void Given_one_that_cannot_be_made_when_taken_then_its_error_comes_and_the_next_can_be_taken()
    {
        int next = 0;
        using Prefetch<int, int> made = new(
            3, 2, () => next++, key => key == 1 ? throw new DatasetException("b", "is bad", "mend it") : key);

        Assert.Equal(0, made.Take());
        Assert.Equal("b: is bad; mend it", Assert.Throws<DatasetException>(() => made.Take()).Message);
        Assert.Equal(2, made.Take());
    }

    [Fact]
    public void Given_things_that_nobody_takes_when_disposed_then_it_ends()
    {
        int next = 0;

        new Prefetch<int, int>(1000, 3, () => next++, key => key).Dispose();

        Assert.InRange(next, 0, 3);
    }
}
