using Azure.Storage.Blobs;

namespace SupSup.Storage.AzureBlobs;

/// <summary>Opens the container as the silo starts, and waits for a service that starts later than the silo.</summary>
internal static class BlobContainerStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>Creates the container unless it is there.</summary>
    /// <param name="container">The container, by a client that does not repeat requests.</param>
    /// <param name="location">Container and account as messages give them.</param>
    /// <param name="timeout">How long to wait for a service that cannot be reached or is busy.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="GrainStorageIOException">The service refused, or could not be reached for that time.</exception>
    public static async Task OpenAsync(
        BlobContainerClient container, string location, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(timeout);
        string? reason = null;
        while (true)
        {
            try
            {
                await container.CreateIfNotExistsAsync(cancellationToken: stop.Token);
                return;
            }
            catch (Exception e) when (BlobFailure.Is(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!stop.IsCancellationRequested || reason is null) reason = BlobFailure.Reason(e);
                if (!stop.IsCancellationRequested && !BlobFailure.IsPassing(e)) throw Refused(location, reason);
            }

            // Ends early when the time is over.
            await Task.Delay(Pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (stop.IsCancellationRequested)
                throw Refused(location, $"{reason}; gave up after {timeout.TotalSeconds:0.###} s");
        }
    }

    private static GrainStorageIOException Refused(string location, string reason) =>
        BlobFailure.Because(
            reason,
            "open",
            "storage",
            location,
            "check the address, the name and the key of the storage account");
}
