namespace SupSup.Grains.Coordinator;

/// <summary>
/// How long an answer is waited for before it counts as late: a floor, or eight times what answers took lately, so that on a slow machine
/// what is slow is not taken for lost. Used in grain turns.
/// </summary>
/// <param name="floor">The least.</param>
/// <param name="time">Measures answers.</param>
internal sealed class Patience(TimeSpan floor, TimeProvider time)
{
    private const int Usual = 8;

    // The share of the latest answer in the mean.
    private const double Latest = 1.0 / 16;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private TimeSpan _mean;

    /// <summary>After so long an answer is late.</summary>
    public TimeSpan Now => Usual * _mean is var usual && usual > Longest ? Longest : usual > floor ? usual : floor;

    /// <summary>Whether a call has ended when it counts as late at the latest, as is told of it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where it is late.</returns>
    public async Task<bool> IsInTimeAsync(Task call, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        if (!call.IsCompleted)
        {
            using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bool ended = await Task.WhenAny(call, Task.Delay(Now, time, waiting.Token)) == call;
            await waiting.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (!ended) return false;
        }

        if (call.IsCompletedSuccessfully) Note(time.GetElapsedTime(start));
        return true;
    }

    /// <summary>Takes down how long an answer took that was late.</summary>
    /// <param name="took">How long.</param>
    public void Note(TimeSpan took) => _mean += (took - _mean) * Latest;
}
