using SupSup.Client;
using SupSup.Experiments.Learners;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.LoadTest;

/// <summary>Learns tasks, several at once: some by batches streamed from here, the others by data that the silos make.</summary>
internal sealed class Learners(SupSupModel model, LoadData data, LearnedTasks learned, LoadOptions options, LoadErrors errors)
{
    private int _lostBatches;

    /// <summary>Batches that were acknowledged as durable and then wanted again.</summary>
    public int LostBatches => Volatile.Read(ref _lostBatches);

    /// <summary>Learns a range of tasks.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="stage">Moves on with each.</param>
    /// <param name="stop">Ends it; what was acknowledged stays.</param>
    public async Task RunAsync(int from, int to, IStageProgress stage, CancellationToken stop)
    {
        int next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, options.Learners).Select(_ => Task.Run(
            async () =>
            {
                while (Interlocked.Increment(ref next) is int task && task < to)
                {
                    await LearnAsync(task, stop);
                    stage.Advance(1);
                }
            },
            stop)));
    }

    /// <summary>Whether a task's batches are streamed; by its index, so that runs can be compared.</summary>
    public bool IsStreamed(int task) => task % options.Learners < options.Streaming;

    private async Task LearnAsync(int task, CancellationToken stop)
    {
        try
        {
            TaskSummary summary = IsStreamed(task) ? await StreamAsync(task, stop) : await model.LearnAsync(
                task, data.Order(task, streamed: false), cancellationToken: stop);
            learned.Add(summary);
            learned.SetClass(task, (await model.PredictAsync(task, data.Images(task, task, 1), stop)).Classes[0]);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever it is, it is what the load test is to report.
        catch (Exception e)
#pragma warning restore CA1031
        {
            errors.Failed($"learning task {task}", e);
        }
    }

    private async Task<TaskSummary> StreamAsync(int task, CancellationToken stop)
    {
        int acknowledged = 0;
        void Acknowledge(StreamPosition position)
        {
            if (position.Durable < acknowledged) Interlocked.Add(ref _lostBatches, acknowledged - position.Durable);
            acknowledged = Math.Max(acknowledged, position.Durable);
        }

        return await model.LearnAsync(
            task, data.Order(task, streamed: true), start => data.Batches(task, start).ToAsyncEnumerable(), null, Acknowledge, stop);
    }
}
