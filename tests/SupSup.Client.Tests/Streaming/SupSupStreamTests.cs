using CsCheck;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Streaming;

public sealed class SupSupStreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Given_faults_everywhere_when_batches_are_sent_then_each_is_taken_once_in_order() =>
        Gen.Int.Select(Gen.Int[1, 40], Gen.Double[0, 0.3]).SampleAsync(
            async (seed, segment, faults) =>
            {
                UnreliableStream grain = new(new Random(seed), faults, segment);
                SupSupStream stream = await OpenAsync(grain);
                for (int n = 0; n < 60; n++)
                {
                    Assert.Equal(n, stream.Next);
                    Assert.True((await SendAsync(stream, n)).Next > n);
                }

                StreamAnswer end = await stream.CompleteAsync(Stop);
                Assert.Equal((60, 60), (end.Next, end.Durable));
                Assert.Equal(Enumerable.Range(0, 60), grain.Taken);
                Assert.NotEmpty(grain.Completed);
                Assert.All(grain.Completed, taken => Assert.Equal(60, taken)); // none with what a crash had undone
            },
            iter: 60,
            threads: 1);

    [Fact]
    public async Task Given_a_refused_batch_when_sent_then_the_stream_goes_on_without_it()
    {
        UnreliableStream grain = new(new Random(1), faults: 0);
        SupSupStream stream = await OpenAsync(grain);
        await SendAsync(stream, 0);
        SupSupException error =
            await Assert.ThrowsAsync<SupSupException>(() => stream.SendAsync(new InputBatch { Rows = 0, Values = [] }, [], Stop));
        Assert.Equal((SupSupError.InvalidRequest, 1), (error.Error, stream.Next));
        await SendAsync(stream, 1);
        Assert.Equal([0, 1], grain.Taken);
    }

    [Fact]
    public async Task Given_a_call_that_was_cancelled_when_the_next_is_made_then_its_batch_goes_first()
    {
        UnreliableStream grain = new(new Random(1), faults: 0);
        SupSupStream stream = await OpenAsync(grain, new RetryOptions { FirstDelay = TimeSpan.FromTicks(10) });
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.SendAsync(Row, [7], cancelled.Token));
        bool kept = stream.Next == 1; // where it was not sent at all it is the caller's to send again
        await SendAsync(stream, 8);
        Assert.Equal(kept ? [7, 8] : [8], grain.Taken);
    }

    [Fact]
    public async Task Given_a_client_that_was_killed_when_another_goes_on_then_nothing_that_it_sent_is_wanted_again()
    {
        UnreliableStream grain = new(new Random(1), faults: 0);
        SupSupStream first = await OpenAsync(grain);
        for (int n = 0; n < 13; n++) await SendAsync(first, n);
        SupSupStream second = await OpenAsync(grain);
        Assert.Equal((13, 13), (second.Next, grain.Durable));
        await SendAsync(second, 13);
        grain.Crash();
        await SendAsync(second, 14);
        Assert.Equal(Enumerable.Range(0, 15), grain.Taken);
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(() => SendAsync(first, 99));
        Assert.Equal(SupSupError.Conflict, error.Error);
    }

    private static InputBatch Row { get; } = new() { Rows = 1, Values = [0] };

    private static Task<SupSupStream> OpenAsync(UnreliableStream grain, RetryOptions? options = null) => SupSupStream.OpenAsync(
        grain, new Retrier(options ?? new RetryOptions
        {
            FirstDelay = TimeSpan.FromTicks(10),
            LongestDelay = TimeSpan.FromMilliseconds(2),
        }), "m/s", new StreamSpec(), Stop);

    private static Task<StreamAnswer> SendAsync(SupSupStream stream, int label) => stream.SendAsync(Row, [label], Stop);
}
