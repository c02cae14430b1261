using SupSup.Core.Random;

namespace SupSup.Core.Tests.Random;

public sealed class TaskSeedTests
{
    // Computed by an independent implementation of docs/formats.md.
    [Theory]
    [InlineData(0ul, 0, 0xadf5a0dbdd2fc514ul)]
    [InlineData(1ul, 0, 0x6b5c693b2fe424f7ul)]
    [InlineData(1ul, 7, 0xf658c268e538298aul)]
    [InlineData(18446744073709551615ul, 2499, 0x0da3668d1d896a2bul)]
    public void Given_a_model_seed_and_a_task_when_derived_then_the_seed_is_the_one_of_the_contract(
        ulong seed, int task, ulong expected) =>
        Assert.Equal(expected, TaskSeed.Derive(seed, task));

    [Fact]
    public void Given_neighbouring_seeds_and_tasks_when_derived_then_no_two_pairs_share_a_seed()
    {
        IEnumerable<ulong> seeds =
            from seed in Enumerable.Range(0, 60)
            from task in Enumerable.Range(0, 60)
            select TaskSeed.Derive((ulong)seed, task);

        Assert.Equal(3600, seeds.Distinct().Count());
    }
}
