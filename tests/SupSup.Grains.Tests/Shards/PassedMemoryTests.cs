using Microsoft.Extensions.Time.Testing;
using SupSup.Grains.Shards;

namespace SupSup.Grains.Tests.Shards;

public sealed class PassedMemoryTests
{
    [Fact]
    public void Given_shards_that_read_masks_one_after_another_when_all_are_done_then_memory_is_given_back_once()
    {
        FakeTimeProvider time = new();
        using PassedMemory memory = new(time);
        for (int shard = 0; shard < 5; shard++)
        {
            memory.Note();
            time.Advance(PassedMemory.Quiet / 2);
            Assert.Equal(0, memory.Times);
        }

        time.Advance(PassedMemory.Quiet);
        Assert.Equal(1, memory.Times);
        time.Advance(10 * PassedMemory.Quiet);
        Assert.Equal(1, memory.Times);
        memory.Note();
        time.Advance(PassedMemory.Quiet);
        Assert.Equal(2, memory.Times);
    }
}
