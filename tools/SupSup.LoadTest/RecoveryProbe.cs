using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.LoadTest;

/// <summary>
/// Asks one query after another without retries, each for a short time only, and so finds out when queries are not
/// answered. It has a connection of its own.
/// </summary>
internal sealed class RecoveryProbe(SupSupModel model, LoadData data, LearnedTasks learned, LoadClock clock)
{
    // Longer than any answer of a whole cluster takes: a query that is not answered within it counts as not answered.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly List<(double Begin, double End, bool Answered)> _asked = [];

    /// <summary>Connects without retries.</summary>
    public static Task<SupSupConnection> ConnectAsync(SupSupClientOptions options, CancellationToken cancellationToken)
    {
        options.Retry = new RetryOptions { RetryFor = TimeSpan.Zero, AttemptTimeout = Patience };
        return SupSupConnection.ConnectAsync(options, cancellationToken);
    }

    /// <summary>Asks until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Random random = new(1);
        while (!stop.IsCancellationRequested)
        {
            if (learned.Tasks is { Count: > 0 } tasks)
            {
                int task = tasks[random.Next(tasks.Count)];
                double begin = clock.Seconds;
                bool answered = await AskAsync(task);
                lock (_asked) _asked.Add((begin, clock.Seconds, answered));
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Waits until a query that is asked from now on was answered; false where none was within some seconds.</summary>
    public async Task<bool> AnsweredAsync(double seconds, CancellationToken stop)
    {
        double time = clock.Seconds;
        while (clock.Seconds - time < seconds)
        {
            lock (_asked)
                if (_asked.Exists(query => query.Begin > time && query.Answered)) return true;
            await Task.Delay(Pause, stop);
        }

        return false;
    }

    /// <summary>For each fault, the longest time without an answer from then until the next fault.</summary>
    public IEnumerable<LoadFault> Recoveries(IReadOnlyList<LoadFault> faults)
    {
        double[] answers = [.. _asked.Where(query => query.Answered).Select(query => query.End)];
        for (int n = 0; n < faults.Count; n++)
        {
            LoadFault fault = faults[n];
            double until = n + 1 < faults.Count ? faults[n + 1].At : double.PositiveInfinity;

            // Where the next fault came before an answer, the next answer counts for both.
            double[] after = [.. answers.Where(end => end > fault.At).TakeWhile((end, place) => place == 0 || end < until)];
            double? longest = after.Length == 0
                ? null
                : after.Zip(after.Prepend(fault.At), (end, before) => end - before).Max();
            yield return fault with { RecoverySeconds = longest is { } gap ? Math.Round(gap, 3) : null };
        }
    }

    private async Task<bool> AskAsync(int task)
    {
        try
        {
            await model.InferAsync(data.Images(task, task, 1), new InferenceOptions { FirstLayerOnly = true }, CancellationToken.None);
            return true;
        }
#pragma warning disable CA1031 // Why it was not answered does not matter here; the queriers report it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
