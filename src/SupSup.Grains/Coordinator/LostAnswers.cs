using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Coordinator;

/// <summary>Calls whose answers are lost with a silo. Every call may be repeated, so it is.</summary>
internal static class LostAnswers
{
    // How long a call is repeated; a dead silo is declared dead long before as a rule.
    private static readonly TimeSpan PatienceFor = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>Whether an answer was lost, as with the silo that was asked.</summary>
    /// <param name="e">What a call threw.</param>
    public static bool Includes(Exception e) => e is TimeoutException or OrleansMessageRejectionException;

    /// <summary>Makes a call until it is answered.</summary>
    /// <param name="what">What is asked, for messages.</param>
    /// <param name="call">Makes it once.</param>
    /// <param name="time">Limits how long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="onLost">Called when an answer is lost; null for nothing.</param>
    /// <exception cref="SupSupException">Unavailable: no answer came for half a minute. What the call throws.</exception>
    public static async Task<T> RepeatAsync<T>(
        string what, Func<Task<T>> call, TimeProvider time, CancellationToken cancellationToken, Action? onLost = null)
    {
        long start = time.GetTimestamp();
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (Includes(e))
            {
                onLost?.Invoke();
                cancellationToken.ThrowIfCancellationRequested();
                if (time.GetElapsedTime(start) > PatienceFor)
                    throw new SupSupException(
                        SupSupError.Unavailable,
                        $"{what} did not answer for {PatienceFor.TotalSeconds:0} s, as where its silo is lost; ask again");
            }

            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>Nobody waits for a call any more; its failure is nobody's.</summary>
    /// <param name="call">The call.</param>
    public static void Leave(Task call) => _ = call.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
