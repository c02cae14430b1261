using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace SupSup.Storage.AzureBlobs;

/// <summary>Makes the storage SDK's clients from the options.</summary>
internal static class BlobClients
{
    // Growing exponentially up to the longest, which bounds how long a service that is back waits to be noticed.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.25);

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The container as operations use it, which repeats requests that failed in passing, and as the start uses it, which
    /// does not: the start repeats by itself, to know why the last attempt failed when its time is over.
    /// </summary>
    /// <returns>The two, and container and account as messages give them: no signature of the address is in it.</returns>
    public static (BlobContainerClient Retrying, BlobContainerClient Once, string Location) Create(
        BlobGrainStorageOptions options)
    {
        // One credential for both: it keeps the tokens it got.
        TokenCredential? credential = options.ServiceUri is null ? null : new DefaultAzureCredential();
        BlobServiceClient retrying = Create(options, credential, options.MaxRetries);
        BlobServiceClient once = Create(options, credential, maxRetries: 0);
        string account = retrying.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return (
            retrying.GetBlobContainerClient(options.ContainerName),
            once.GetBlobContainerClient(options.ContainerName),
            $"container {options.ContainerName} at {account}");
    }

    /// <summary>Whether the SDK understands the connection string.</summary>
    public static bool CanParse(string connectionString)
    {
        try
        {
            return new BlobServiceClient(connectionString).Uri is not null;
        }
        catch (Exception)
        {
            // It throws what its parsers throw: FormatException, UriFormatException, ArgumentException, and others.
            return false;
        }
    }

    private static BlobServiceClient Create(
        BlobGrainStorageOptions options, TokenCredential? credential, int maxRetries)
    {
        var client = new BlobClientOptions
        {
            Retry =
            {
                Mode = RetryMode.Exponential,
                MaxRetries = maxRetries,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                NetworkTimeout = options.NetworkTimeout,
            },
        };
        client.AddPolicy(new AttemptsPolicy(), HttpPipelinePosition.PerRetry);
        options.ConfigureClient?.Invoke(client);
        return credential is null
            ? new BlobServiceClient(options.ConnectionString, client)
            : new BlobServiceClient(options.ServiceUri, credential, client);
    }
}
