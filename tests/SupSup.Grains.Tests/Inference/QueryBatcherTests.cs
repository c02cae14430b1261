using SupSup.Grains.Inference;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Inference;

public sealed class QueryBatcherTests
{
    [Fact]
    public async Task Given_as_many_images_waiting_as_may_when_more_come_then_they_are_refused_until_some_are_answered()
    {
        TaskCompletionSource first = new();
        List<int> passes = [];
        QueryBatcher batcher = new(() => 4, 1, 6, async (inputs, _, _) =>
        {
            passes.Add(inputs.Rows);
            if (passes.Count == 1) await first.Task;
            return new Prediction[inputs.Rows];
        });
        Task<Prediction[]> Ask(int rows) =>
            batcher.InferAsync(new InputBatch { Rows = rows, Values = new float[rows] }, new InferenceOptions(), CancellationToken.None);
        Task<Prediction[]> running = Ask(1);
        Task<Prediction[]>[] waiting = [Ask(3), Ask(3)];
        await Expect.ErrorAsync(SupSupError.Unavailable, () => Ask(1), "6 images wait", "InferenceQueueRows");
        first.SetResult();
        await Task.WhenAll([running, .. waiting]);
        Assert.Equal([1, 3, 3], passes);
        Assert.Equal(5, (await Ask(5)).Length);
    }

    [Fact]
    public async Task Given_requests_that_share_a_pass_when_they_leave_then_each_ends_at_once_and_the_pass_with_the_last()
    {
        TaskCompletionSource first = new();
        CancellationToken shared = default;
        QueryBatcher batcher = new(() => 4, 1, 6, async (inputs, _, end) =>
        {
            if (inputs.Rows == 1) await first.Task;
            else shared = end;
            await Task.Delay(inputs.Rows == 1 ? 0 : Timeout.Infinite, end);
            return new Prediction[inputs.Rows];
        });
        Task<Prediction[]> Ask(int rows, CancellationToken end) =>
            batcher.InferAsync(new InputBatch { Rows = rows, Values = new float[rows] }, new InferenceOptions(), end);
        Task<Prediction[]> alone = Ask(1, CancellationToken.None);
        using CancellationTokenSource one = new();
        using CancellationTokenSource other = new();
        Task<Prediction[]>[] waiting = [Ask(2, one.Token), Ask(2, other.Token)];
        first.SetResult();
        await alone;
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[0]);
        Assert.False(waiting[1].IsCompleted);
        Assert.False(shared.IsCancellationRequested);
        await other.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[1]);
        Assert.True(shared.IsCancellationRequested);
    }
}
