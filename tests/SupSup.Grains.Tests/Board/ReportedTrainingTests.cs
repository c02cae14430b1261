using System.Collections.Immutable;
using SupSup.Client;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Tests.Hosting;

namespace SupSup.Grains.Tests.Board;

public sealed class ReportedTrainingTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Given_a_training_when_it_has_ended_then_the_board_shows_how_and_how_far_it_came_with_its_losses()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        Assert.Empty(await model.ListTrainingsAsync(Stop));
        TaskSummary summary = await model.LearnAsync(3, RealData.Order(3, batches: 200), cancellationToken: Stop);
        TrainingReport report = await UntilAsync(model, report => report.Progress.IsFinal);
        Assert.Equal((3, TrainingState.Trained, 200, 200),
            (report.Progress.Task, report.Progress.State, report.Progress.BatchesDone, report.Progress.Batches));
        Assert.Equal(summary, report.Progress.Summary);
        Assert.NotNull(report.Progress.Silo);
        Assert.InRange(report.Curve.Length, 64, 128);
        Assert.Equal(200, report.Curve[^1].Batch);
        Assert.True(report.Curve[^1].Loss < report.Curve[0].Loss);
        Assert.Empty(await (await silo.Client.CreateAsync("other", RealData.Spec, Stop)).ListTrainingsAsync(Stop));
    }

    [Fact]
    public async Task Given_a_stream_of_submitted_batches_when_it_is_open_and_when_it_is_learned_then_the_board_shows_it()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        ITaskGrain task = silo.Grains.GetGrain<ITaskGrain>("m/0");
        await task.TrainAsync(new TrainingOrder { Data = null, Batches = 3 }, Stop);
        (InputBatch inputs, int[] labels) = await RealData.TestImagesAsync(0, 0, 8);
        LabelledBatch batch = new() { Inputs = inputs, Labels = labels };
        await task.SubmitAsync(0, batch, Stop);
        TrainingReport open = await UntilAsync(model, report => report.Progress.BatchesDone == 1);
        Assert.Equal((TrainingState.Training, 3), (open.Progress.State, open.Progress.Batches));
        Assert.NotNull(open.Progress.Silo);
        Assert.Equal([1], open.Curve.Select(point => point.Batch));
        await task.SubmitAsync(1, batch, Stop);
        await task.SubmitAsync(2, batch, Stop);
        TrainingReport ended = await UntilAsync(model, report => report.Progress.State == TrainingState.Trained);
        Assert.Equal((3, 3), (ended.Progress.BatchesDone, ended.Curve[^1].Batch));
    }

    [Fact]
    public async Task Given_trainings_that_are_cancelled_or_fail_when_listed_then_the_board_says_so()
    {
        await using TestSilo silo = await TestSilo.StartAsync(_store.Folder);
        SupSupModel model = await silo.Client.CreateAsync("m", RealData.Spec, Stop);
        TaskCompletionSource started = new();
        Task watching = Task.Run(
            async () =>
            {
                await foreach (TrainingProgress progress in model.TrainAsync(0, RealData.Order(0, batches: 100_000), Stop))
                    if (progress.BatchesDone > 0) started.TrySetResult();
            },
            Stop);
        await Task.WhenAny(started.Task, watching);
        await UntilAsync(model, report => report.Progress is { State: TrainingState.Training, BatchesDone: > 0, Batches: 100_000 });
        await model.CancelTrainingAsync(0, Stop);
        await watching;
        Assert.True((await UntilAsync(model, report => report.Progress.State == TrainingState.Cancelled)).Progress.BatchesDone > 0);
        await Assert.ThrowsAsync<SupSupException>(() => model.LearnAsync(
            1, RealData.Order(1) with { RequireGpu = true }, cancellationToken: Stop)); // which there is none of
        Assert.Contains("GPU", (await UntilAsync(
            model, report => report.Progress.State == TrainingState.Failed)).Progress.Error!.Message, StringComparison.Ordinal);
    }

    private static async Task<TrainingReport> UntilAsync(SupSupModel model, Func<TrainingReport, bool> condition)
    {
        while (true)
        {
            ImmutableArray<TrainingReport> reports = await model.ListTrainingsAsync(Stop);
            if (reports.FirstOrDefault(condition) is { } found) return found;
            await Task.Yield();
        }
    }
}
