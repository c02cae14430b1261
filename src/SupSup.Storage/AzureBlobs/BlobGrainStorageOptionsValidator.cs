
namespace SupSup.Storage.AzureBlobs;

/// <summary>Refuses at start options with which the storage could not work: one line for each mistake.</summary>
/// <param name="options">The options of one provider.</param>
/// <param name="name">The provider's name.</param>
public sealed class BlobGrainStorageOptionsValidator(BlobGrainStorageOptions options, string name)
    : IConfigurationValidator
{
    private const int MostRetries = 20;

    // What timers of .NET can wait for, about 49 days, rounded down.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <inheritdoc/>
    /// <exception cref="OrleansConfigurationException">Options are missing or out of range.</exception>
    public void ValidateConfiguration()
    {
        string[] mistakes = [.. Mistakes().Select(mistake => $"Azure Blob grain storage \"{name}\": {mistake}")];
        if (mistakes.Length > 0) throw new OrleansConfigurationException(string.Join('\n', mistakes));
    }

    private IEnumerable<string> Mistakes()
    {
        bool hasConnectionString = !string.IsNullOrWhiteSpace(options.ConnectionString);
        if (hasConnectionString == options.ServiceUri is not null)
        {
            yield return $"{Option(nameof(options.ConnectionString))} or {nameof(options.ServiceUri)} must be set, "
                + (hasConnectionString ? "not both" : "and neither is");
        }

        // The text of a connection string is not repeated, nor what its parser says about it: it holds a key.
        if (hasConnectionString && !BlobClients.CanParse(options.ConnectionString!))
        {
            yield return $"{Option(nameof(options.ConnectionString))} must be a storage connection string, such as " +
                "DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net, " +
                "and its key must be in base64";
        }

        if (options.ServiceUri is { } uri && !BlobGrainStorageOptions.IsServiceUri(uri))
        {
            yield return $"{Option(nameof(options.ServiceUri))} must be an https address without a query, such as " +
                "https://account.blob.core.windows.net";
        }

        if (!ContainerName.IsValid(options.ContainerName))
            yield return $"{Option(nameof(options.ContainerName))} {ContainerName.Rule}";
        if (options.MaxRetries is < 0 or > MostRetries)
            yield return $"{Option(nameof(options.MaxRetries))} must be 0 to {MostRetries}";
        if (!IsTimeout(options.NetworkTimeout)) yield return NotATimeout(nameof(options.NetworkTimeout));
        if (!IsTimeout(options.OperationTimeout)) yield return NotATimeout(nameof(options.OperationTimeout));
        if (!IsTimeout(options.StartTimeout)) yield return NotATimeout(nameof(options.StartTimeout));
        if (options.GrainStorageSerializer is null)
            yield return $"{Option(nameof(options.GrainStorageSerializer))} must be set";
    }

    private static string Option(string option) => $"{nameof(BlobGrainStorageOptions)}.{option}";

    private static string NotATimeout(string option) => $"{Option(option)} must be more than 0 and at most 40 days";

    private static bool IsTimeout(TimeSpan time) => time > TimeSpan.Zero && time <= Longest;
}
