using System.Collections.Concurrent;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.LoadTest;

/// <summary>
/// Asks for the tasks of images. At a set rate each query has a time at which it is to be asked, kept to however slow the
/// answers are (open loop), and its latency counts from then on; without a rate each querier asks again as soon as it has
/// its answer (closed loop).
/// </summary>
internal sealed class Queriers(
    SupSupModel model, LoadData data, LearnedTasks learned, LoadOptions options, LoadClock clock, LoadErrors errors)
{
    private static readonly InferenceOptions Inference = new() { FirstLayerOnly = true };

    /// <summary>Asks until cancelled, or a number of times.</summary>
    /// <param name="rate">Queries per second; 0 for as many as the queriers can.</param>
    /// <param name="count">How many queries at most.</param>
    /// <param name="seed">Of the choice of tasks and images.</param>
    /// <param name="stop">Ends it; the queries under way are completed.</param>
    public async Task<List<QuerySample>> RunAsync(double rate, int count, int seed, CancellationToken stop)
    {
        ConcurrentQueue<QuerySample> samples = new();
        double begin = clock.Seconds;
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, options.Queriers).Select(querier => Task.Run(
            async () =>
            {
                Random random = new(HashCode.Combine(seed, querier));
                while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is int number && number < count)
                {
                    double due = rate > 0 ? begin + (number / rate) : clock.Seconds;
                    try
                    {
                        await clock.UntilAsync(due, stop);
                    }
                    catch (OperationCanceledException)
                    {
                        return;
                    }

                    if (learned.Tasks is not { Count: > 0 } tasks)
                    {
                        await Task.Delay(20, CancellationToken.None);
                        continue;
                    }

                    samples.Enqueue(await AskAsync(tasks[random.Next(tasks.Count)], random.Next(10_000), due));
                }
            },
            CancellationToken.None)));
        return [.. samples];
    }

    private async Task<QuerySample> AskAsync(int task, int image, double due)
    {
        InputBatch images = data.Images(task, image, options.Rows);
        try
        {
            Prediction[] answers = await model.InferAsync(images, Inference, CancellationToken.None);
            return new QuerySample(due, (clock.Seconds - due) * 1000, answers.Count(answer => answer.Task == task), false);
        }
#pragma warning disable CA1031 // Whatever it is, it is what the load test is to report.
        catch (Exception e)
#pragma warning restore CA1031
        {
            errors.Failed($"query about task {task}", e);
            return new QuerySample(due, (clock.Seconds - due) * 1000, 0, true);
        }
    }
}
