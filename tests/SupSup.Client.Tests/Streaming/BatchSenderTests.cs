using System.Runtime.CompilerServices;
using CsCheck;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Tests.Streaming;

public sealed class BatchSenderTests
{
    private const int Batches = 60;
    private static readonly TrainingOrder Order = new() { Data = null, Batches = Batches };
    private readonly List<int> _read = [];
    private readonly List<StreamPosition> _positions = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Given_faults_everywhere_when_batches_are_streamed_then_each_is_read_once_and_trained_once_in_order() =>
        Gen.Int.Select(Gen.Int[1, 8], Gen.Int[8, 40], Gen.Double[0, 0.3]).SampleAsync(
            async (seed, inFlight, kept, faults) =>
            {
                UnreliableTask task = new(Batches, new Random(seed), faults);
                List<int> read = [];
                List<StreamPosition> positions = [];
                TaskSummary summary = await SendAsync(task, Once(Source(0, Batches + 5, read)), new StreamOptions
                {
                    InFlight = inFlight,
                    MaxUnacknowledged = kept,
                }, positions.Add, Stop);
                Assert.Same(UnreliableTask.Summary, summary);
                Assert.Equal(Enumerable.Range(0, Batches), task.Trained);
                Assert.Equal(Enumerable.Range(0, Batches), read);
                Assert.All(positions.Zip(positions.Skip(1)),
                    pair => Assert.True(pair.Second.Trained >= pair.First.Trained && pair.Second.Durable >= pair.First.Durable));
            },
            iter: 60,
            threads: 1);

    [Fact]
    public async Task Given_batches_ahead_that_are_sent_back_at_once_when_the_wanted_one_was_too_then_it_is_sent_again()
    {
        UnreliableTask task = new(Batches, new Random(1), faults: 0, window: 0, refused: 2);
        await SendAsync(task, Once(Source(0, Batches, _read)), new StreamOptions(), _positions.Add, Stop).WaitAsync(
            TimeSpan.FromMinutes(1), Stop);
        Assert.Equal(Enumerable.Range(0, Batches), task.Trained);
    }

    [Fact]
    public async Task Given_a_client_that_was_killed_when_another_goes_on_then_it_reads_from_the_first_that_is_not_durable()
    {
        UnreliableTask task = new(Batches, new Random(1), faults: 0);
        for (int n = 0; n < 25; n++) await task.SubmitAsync(n, Batch(n), Stop);
        await SendAsync(task, start => Source(start, Batches, _read), new StreamOptions(), _positions.Add, Stop);
        Assert.Equal(Enumerable.Range(25, Batches - 25), _read);
        Assert.Equal(Enumerable.Range(0, Batches), task.Trained);
        Assert.Equal((25, 25), (_positions[0].Trained, _positions[0].Durable));
    }

    [Fact]
    public async Task Given_a_source_that_can_only_be_read_from_its_start_when_the_task_is_gone_on_with_then_what_is_durable_is_left_out()
    {
        UnreliableTask task = new(Batches, new Random(1), faults: 0);
        for (int n = 0; n < 25; n++) await task.SubmitAsync(n, Batch(n), Stop);
        int before = task.Submissions;
        await SendAsync(task, Once(Source(0, Batches, _read)), new StreamOptions(), _positions.Add, Stop);
        Assert.Equal(Enumerable.Range(0, Batches), _read);
        Assert.Equal(Enumerable.Range(0, Batches), task.Trained);
        Assert.Equal(Batches - 25, task.Submissions - before);
    }

    [Fact]
    public async Task Given_a_source_that_ends_early_when_streamed_then_the_error_says_where_to_go_on_and_nothing_is_lost()
    {
        UnreliableTask task = new(Batches, new Random(1), faults: 0);
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(
            () => SendAsync(task, Once(Source(0, 33, _read)), new StreamOptions(), _positions.Add, Stop));
        Assert.Equal(SupSupError.InvalidRequest, error.Error);
        Assert.Equal("the batches of task m/0 ended after 33 of 60; 33 are durable, so continue with batch 33", error.Message);
        Assert.Equal((33, 33), (_positions[^1].Trained, _positions[^1].Durable));
        await SendAsync(task, start => Source(start, Batches, _read), new StreamOptions(), _positions.Add, Stop);
        Assert.Equal(Enumerable.Range(0, Batches), task.Trained);
    }

    [Fact]
    public async Task Given_checkpoints_rarer_than_the_client_can_keep_batches_when_streamed_then_it_asks_for_them()
    {
        UnreliableTask task = new(Batches, new Random(1), faults: 0, checkpoint: 1000);
        await SendAsync(task, Once(Source(0, Batches, _read)), new StreamOptions { MaxUnacknowledged = 20 }, _positions.Add, Stop);
        Assert.Equal(Enumerable.Range(0, Batches), task.Trained);
        Assert.InRange(task.Flushes, 2, 4);
        Assert.All(_positions, position => Assert.InRange(position.Trained - position.Durable, 0, 20));
    }

    [Fact]
    public async Task Given_a_task_that_others_cancelled_when_streamed_then_a_rereadable_source_starts_over_and_another_fails_clearly()
    {
        async IAsyncEnumerable<LabelledBatch> CancelledAt30(UnreliableTask task, int start)
        {
            for (int n = start; n < Batches; n++)
            {
                if (n == 30 && start == 0 && task.Trained.Count > 0) await task.CancelTrainingAsync(Stop);
                yield return Batch(n);
            }
        }

        UnreliableTask first = new(Batches, new Random(1), faults: 0);
        int opened = 0;
        await SendAsync(first, start => opened++ == 0
            ? CancelledAt30(first, start)
            : Source(start, Batches, _read), new StreamOptions(), _positions.Add, Stop);
        Assert.Equal(Enumerable.Range(0, Batches), first.Trained);

        UnreliableTask second = new(Batches, new Random(1), faults: 0);
        SupSupException error = await Assert.ThrowsAsync<SupSupException>(
            () => SendAsync(second, Once(CancelledAt30(second, 0)), new StreamOptions(), _positions.Add, Stop));
        Assert.Equal(SupSupError.Conflict, error.Error);
        Assert.Contains("asks again for batch 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_source_that_fails_when_streamed_then_its_error_is_the_callers_and_is_not_taken_for_the_clusters()
    {
        async IAsyncEnumerable<LabelledBatch> Failing()
        {
            yield return Batch(0);
            await Task.Yield();
            throw new IOException("the disk");
        }

        Assert.Equal("the disk", (await Assert.ThrowsAsync<IOException>(
            () => SendAsync(new UnreliableTask(Batches, new Random(1), 0), Once(Failing()), new StreamOptions(), null, Stop))).Message);
    }

    [Fact]
    public async Task Given_a_caller_that_cancels_when_the_source_is_waited_for_then_the_source_is_ended_too()
    {
        using CancellationTokenSource caller = new();
        TaskCompletionSource ended = new();
        async IAsyncEnumerable<LabelledBatch> Slow([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            try
            {
                yield return Batch(0);
                await caller.CancelAsync();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                ended.SetResult();
            }
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(
            new UnreliableTask(Batches, new Random(1), 0), Once(Slow(CancellationToken.None)), new StreamOptions(), null, caller.Token));
        await ended.Task.WaitAsync(Stop);
    }

    private static async Task<TaskSummary> SendAsync(
        UnreliableTask task, Func<int, IAsyncEnumerable<LabelledBatch>?> batches, StreamOptions options, Action<StreamPosition>? progress,
        CancellationToken cancellationToken)
    {
        Retrier retrier = new(new RetryOptions { FirstDelay = TimeSpan.FromTicks(10), LongestDelay = TimeSpan.FromMilliseconds(2) });
        await using BatchSender sender = new(task, "m/0", Order, batches, options.Validated(), progress, retrier, cancellationToken);
        return await sender.RunAsync();
    }

    private static Func<int, IAsyncEnumerable<LabelledBatch>?> Once(IAsyncEnumerable<LabelledBatch> batches)
    {
        IAsyncEnumerable<LabelledBatch>? unread = batches;
        return start => start == 0 ? Interlocked.Exchange(ref unread, null) : null;
    }

    private static LabelledBatch Batch(int number) => new() { Inputs = new InputBatch { Rows = 1, Values = [] }, Labels = [number] };

    private static async IAsyncEnumerable<LabelledBatch> Source(int start, int end, List<int> read)
    {
        for (int number = start; number < end; number++)
        {
            await Task.Yield();
            read.Add(number);
            yield return Batch(number);
        }
    }
}
