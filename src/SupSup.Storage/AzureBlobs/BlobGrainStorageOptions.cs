using Azure.Storage.Blobs;
using Orleans.Storage;

namespace SupSup.Storage.AzureBlobs;

/// <summary>Where and how <see cref="BlobGrainStorage"/> keeps grain state.</summary>
public sealed class BlobGrainStorageOptions : IStorageProviderSerializerOptions
{
    /// <summary>
    /// The storage account with its key or shared access signature, as the Azure portal shows it. Either this or
    /// <see cref="ServiceUri"/> is required. It is a secret: no log and no error text of this provider repeats it.
    /// </summary>
    [Redact]
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The blob service's https address, <c>https://{account}.blob.core.windows.net</c>, reached under the identity that
    /// <c>DefaultAzureCredential</c> finds. Either this or <see cref="ConnectionString"/> is required.
    /// </summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>
    /// The container that holds the records, created at start where it is missing: 3 to 63 lower-case letters, digits
    /// and single hyphens. "grainstate" by default.
    /// </summary>
    public string ContainerName { get; set; } = "grainstate";

    /// <summary>
    /// Whether clearing a state deletes its blob; true by default. When false an empty blob stays as a tombstone: its
    /// ETag goes on, and whoever writes without knowing it is refused.
    /// </summary>
    public bool DeleteStateOnClear { get; set; } = true;

    /// <summary>
    /// How often a request is repeated that failed in passing, 0 to 20; 12 by default. The waits between grow from a
    /// quarter of a second to two seconds, up to <see cref="OperationTimeout"/> in all: twelve repeats ride out some 20
    /// seconds of outage.
    /// </summary>
    public int MaxRetries { get; set; } = 12;

    /// <summary>
    /// How long a request may be without an answer, or an answer without a further byte, before it counts as failed and
    /// is repeated; 10 seconds by default.
    /// </summary>
    public TimeSpan NetworkTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long one read, write or clear may take with all its repeats; 25 seconds by default, less than the 30 that a
    /// grain call waits, so that the caller learns what failed instead of running into a timeout.
    /// </summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a starting silo waits for a service that cannot be reached, since the two may be started together;
    /// 30 seconds by default. A refused key or name fails at once.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What turns state into bytes. By default the <see cref="IGrainStorageSerializer"/> registered under the name of
    /// the provider, or else <see cref="OrleansGrainStorageSerializer"/>: the JSON one would blow binary state up to base64.
    /// </summary>
    public IGrainStorageSerializer GrainStorageSerializer { get; set; } = null!;

    /// <summary>
    /// Has the last word on the options of the storage client, such as a proxy or a pipeline policy; nothing by default.
    /// </summary>
    public Action<BlobClientOptions>? ConfigureClient { get; set; }

    /// <summary>Whether a text is a connection string. It is not repeated, nor what its parser says about it: it holds a key.</summary>
    public static bool IsConnectionString(string text) => BlobClients.CanParse(text);

    /// <summary>Whether an address can be that of a blob service.</summary>
    public static bool IsServiceUri(Uri? uri) =>
        uri is { IsAbsoluteUri: true, Query: "", Fragment: "", UserInfo: "" } && uri.Scheme == Uri.UriSchemeHttps;
}
