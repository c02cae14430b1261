using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SupSup.Silo.Management;

/// <summary>Has a few batches of a stream under way at once, since a batch a little ahead waits for its turn at the grain.</summary>
internal static class InFlight
{
    private const int Window = 4;

    /// <summary>Sends what comes, and gives the answers in the order in which it came.</summary>
    /// <param name="source">What comes.</param>
    /// <param name="send">Sends one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<TAnswer> RunAsync<T, TAnswer>(IAsyncEnumerable<T> source,
        Func<T, CancellationToken, Task<TAnswer>> send, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<Task<TAnswer>> sent = Channel.CreateBounded<Task<TAnswer>>(Window - 1);
        Task reading = ReadAsync();
        try
        {
            await foreach (Task<TAnswer> answer in sent.Reader.ReadAllAsync(cancellationToken)) yield return await answer;
        }
        finally
        {
            await ending.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task ReadAsync()
        {
            try
            {
                await foreach (T value in source.WithCancellation(ending.Token))
                    await sent.Writer.WriteAsync(send(value, ending.Token), ending.Token);
                sent.Writer.Complete();
            }
#pragma warning disable CA1031 // Whatever happens is thrown where the answers are read.
            catch (Exception e)
#pragma warning restore CA1031
            {
                sent.Writer.Complete(e);
            }
        }
    }
}
