using System.Collections.Immutable;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client.Sending;

/// <summary>Sends masks in calls of many, several calls under way at once.</summary>
/// <param name="import">Stores some masks.</param>
/// <param name="progress">Told how many are stored so far.</param>
internal sealed class MaskSender(Func<ImmutableArray<MaskImport>, CancellationToken, Task> import, Action<int>? progress)
{
    private const int AtOnce = 4;

    private int _stored;

    /// <summary>Sends masks, which are drawn as they are needed.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="cancellationToken">Stops; what is stored stays.</param>
    /// <returns>How many were stored.</returns>
    public async Task<int> SendAsync(IEnumerable<MaskImport> masks, CancellationToken cancellationToken)
    {
        Queue<Task> sending = new(AtOnce);
        try
        {
            foreach (ImmutableArray<MaskImport> some in Calls(masks))
            {
                if (sending.Count == AtOnce) await sending.Dequeue();
                cancellationToken.ThrowIfCancellationRequested();
                sending.Enqueue(StoreAsync(some, cancellationToken));
            }
        }
        finally
        {
            // What failed first is told; the others end before that.
            await Task.WhenAll(sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(sending);
        return _stored;
    }

    private static IEnumerable<ImmutableArray<MaskImport>> Calls(IEnumerable<MaskImport> masks)
    {
        ImmutableArray<MaskImport>.Builder some = ImmutableArray.CreateBuilder<MaskImport>();
        long bytes = 0;
        foreach (MaskImport mask in masks)
        {
            if (some.Count > 0 && (some.Count == IImportGrain.MostMasks || bytes + mask.File.Length > IImportGrain.ManyBytes))
            {
                yield return some.DrainToImmutable();
                bytes = 0;
            }

            some.Add(mask);
            bytes += mask.File.Length;
        }

        if (some.Count > 0) yield return some.DrainToImmutable();
    }

    private async Task StoreAsync(ImmutableArray<MaskImport> some, CancellationToken cancellationToken)
    {
        await import(some, cancellationToken);
        int stored = Interlocked.Add(ref _stored, some.Length);
        progress?.Invoke(stored);
    }
}
