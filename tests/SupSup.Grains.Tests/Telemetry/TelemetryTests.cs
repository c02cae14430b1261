using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Telemetry;

public sealed class TelemetryTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_tasks_that_are_learned_and_asked_for_when_measured_then_the_numbers_are_those_of_what_was_done()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        using Measurements measured = new(silo.Services);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        foreach (int task in new[] { 0, 1 }) await model.LearnAsync(task, RealData.Order(task, batches: 30), cancellationToken: Stop);
        Assert.Equal(60, measured.Of("supsup.training.batches", "model=m", "kind=made").Sum());
        Assert.Equal([1, 1], measured.Of("supsup.training.tasks", "model=m", "kind=made", "outcome=trained"));
        Assert.Equal(2, measured.Of("supsup.training.duration", "model=m").Count(seconds => seconds is > 0 and < 600));
        Assert.Equal((0, 0), (measured.Observe("supsup.training.queued"), measured.Observe("supsup.training.active")));

        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 7);
        await model.InferAsync(inputs, cancellationToken: Stop);
        await model.InferAsync(inputs, cancellationToken: Stop);
        await model.PredictAsync([.. Enumerable.Repeat(1, 7)], inputs, Stop);
        await Expect.ErrorAsync(SupSupError.InvalidRequest, () => model.InferAsync(inputs, new InferenceOptions { Shortlist = 0 }, Stop));
        Assert.Equal([1, 1], measured.Of("supsup.inference.queries", "model=m", "kind=inferred"));
        Assert.Equal([7], measured.Of("supsup.inference.rows", "kind=given"));
        Assert.Equal(3, measured.Of("supsup.inference.duration", "model=m").Length);
        Assert.Equal([7, 7], measured.Of("supsup.inference.batch.rows", "model=m"));
        Assert.Equal([1], measured.Of("supsup.inference.failures", "model=m", "error=InvalidRequest"));
        Assert.Equal(2, measured.Observe("supsup.shard.masks", "model=m"));
        Assert.InRange(measured.Observe("supsup.shard.memory", "model=m"), 2 * (84_000 / 8), 10_000_000);
        Assert.True(measured.Of("supsup.mask.reads", "model=m").Sum() >= 2);
        Assert.Empty(measured.Of("supsup.mask.failures"));
        Assert.Equal(2, measured.Of("supsup.storage.duration", "state=mask", "operation=write", "outcome=done").Length);
    }

    [Fact]
    public async Task Given_streams_when_measured_then_open_ones_batches_and_decisions_are_counted()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        using Measurements measured = new(silo.Services);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        SupSupStream stream = await model.OpenStreamAsync("s", new StreamSpec { SegmentBatches = 2 }, Stop);
        (InputBatch inputs, int[] labels) = await RealData.TestImagesAsync(0, 0, 16);
        await stream.SendAsync(inputs, labels, Stop);
        Assert.Equal(1, measured.Observe("supsup.training.active", "kind=submitted"));
        Assert.Equal([1], measured.Of("supsup.training.batches", "model=m", "kind=submitted"));
        Assert.Equal([1], measured.Of("supsup.stream.segments", "model=m", "kind=Allocated"));
        await stream.CompleteAsync(Stop);
        Assert.Equal(0, measured.Observe("supsup.training.active", "kind=submitted"));
        Assert.Equal([1], measured.Of("supsup.training.tasks", "kind=submitted", "outcome=trained"));
    }

    [Fact]
    public async Task Given_a_mask_that_cannot_be_read_when_asked_for_then_the_failure_is_counted()
    {
        await using (TestSilo silo = await TestSilo.StartAsync(_store.Folder))
        {
            SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
            foreach (int task in new[] { 0, 1 }) await model.LearnAsync(task, RealData.Order(task, batches: 5), cancellationToken: Stop);
        }

        File.Delete(_store.File("mask", "task", "m/1"));
        await using TestSilo again = await TestSilo.StartAsync(_store.Folder);
        using Measurements measured = new(again.Services);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(0, 0, 1);
        Assert.Equal(1, (await (await again.Client.OpenAsync("m", Stop)).InferAsync(inputs, cancellationToken: Stop))[0].LeftOut);
        Assert.Equal([1], measured.Of("supsup.mask.failures", "model=m", "error=Damaged"));
        Assert.Equal([1], measured.Of("supsup.mask.reads", "model=m"));
        Assert.Equal(1, measured.Observe("supsup.shard.masks", "model=m"));
    }

    [Fact]
    public async Task Given_a_listener_when_a_task_is_learned_and_inferred_then_training_rebuild_and_pass_are_traced()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        ActivitySource source = silo.Services.GetRequiredService<SupSupTelemetry>().Activities;
        ConcurrentQueue<Activity> stopped = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = other => ReferenceEquals(other, source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        await model.LearnAsync(4, RealData.Order(4, batches: 5), cancellationToken: Stop);
        (InputBatch inputs, _) = await RealData.TestImagesAsync(4, 0, 3);
        await model.InferAsync(inputs, cancellationToken: Stop);
        await Assert.ThrowsAsync<SupSupException>(() => model.LearnAsync(
            5, RealData.Order(5) with { RequireGpu = true }, cancellationToken: Stop)); // which there is none of
        Activity[] trainings = [.. stopped.Where(activity => activity.OperationName == SupSupTelemetry.TrainingTask)];
        Assert.Equal([(4, "trained"), (5, "failed")],
            trainings.Select(activity => ((int)activity.GetTagItem("supsup.task")!, (string)activity.GetTagItem("supsup.outcome")!)));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], trainings.Select(activity => activity.Status));
        Activity pass = Assert.Single(stopped, activity => activity.OperationName == SupSupTelemetry.InferencePass);
        Assert.Equal(("m", 3, 1), (pass.GetTagItem("supsup.model"), pass.GetTagItem("supsup.rows"), pass.GetTagItem("supsup.queries")));
        Activity rebuild = Assert.Single(stopped, activity => activity.OperationName == SupSupTelemetry.ShardRebuild);
        Assert.Equal((0, 1), (rebuild.GetTagItem("supsup.shard"), rebuild.GetTagItem("supsup.masks")));
    }
}
