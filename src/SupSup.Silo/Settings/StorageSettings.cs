using System.ComponentModel.DataAnnotations;
using SupSup.Storage;
using SupSup.Storage.AzureBlobs;

namespace SupSup.Silo.Settings;

/// <summary>Where grains keep their state.</summary>
public sealed class StorageSettings : IValidatableObject
{
    private const string DefaultContainer = "grainstate";

    /// <summary>"directory" (default): a local directory, for one silo; "azure": Azure Blob Storage, for any number.</summary>
    public StorageKind Kind { get; set; } = StorageKind.Directory;

    /// <summary>Folder of the store. For kind "directory". Default: "store" in the current folder.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Directory { get; set; } = "store";

    /// <summary>Format version of the records that are written, for kind "directory": 2 (default), by which a record says whose it is, or
    /// 1, which releases up to 0.1 read. Both are read.</summary>
    [Range(1, 2)]
    public int RecordVersion { get; set; } = 2;

    /// <summary>Connection string of the storage account. For kind "azure", instead of <see cref="ServiceUri"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>URI of the blob service, such as https://account.blob.core.windows.net; the silo signs in as
    /// Azure's default credential does. For kind "azure".</summary>
    public string? ServiceUri { get; set; }

    /// <summary>
    /// Container of the blobs. Blob names do not hold the service id, so each service has a container of its own. Default:
    /// "grainstate", and for a service id other than "supsup" "grainstate-" and the id.
    /// </summary>
    public string? Container { get; set; }

    /// <summary>Seconds for which a starting silo tries to reach the blob service. For kind "azure". Default 30.</summary>
    [Range(1, 3600)]
    public int StartSeconds { get; set; } = 30;

    /// <summary>The container in use, or null where the service id makes no name of a container.</summary>
    /// <param name="serviceId">The service id.</param>
    public string? ContainerFor(string serviceId)
    {
        string name = Container ?? (serviceId == SiloSettings.DefaultServiceId ? DefaultContainer : $"{DefaultContainer}-{serviceId}");
        return ContainerName.IsValid(name) ? name : null;
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Container is not null && !ContainerName.IsValid(Container))
            yield return new ValidationResult(
                $"Container '{Container}' is not a container name; use 3 to 63 lower-case letters, digits and single hyphens.");
        if (Kind != StorageKind.Azure) yield break;
        if (ConnectionString is null == ServiceUri is null)
            yield return new ValidationResult("Kind azure needs either ConnectionString or ServiceUri.");
        if (ConnectionString is not null && !BlobGrainStorageOptions.IsConnectionString(ConnectionString))
            yield return new ValidationResult(
                "ConnectionString is invalid; copy it from the Azure portal, "
                    + "DefaultEndpointsProtocol=https;AccountName=..;AccountKey=..;EndpointSuffix=core.windows.net.");
        if (ServiceUri is not null
            && !(Uri.TryCreate(ServiceUri, UriKind.Absolute, out Uri? uri) && BlobGrainStorageOptions.IsServiceUri(uri)))
            yield return new ValidationResult(
                "ServiceUri is not the https address of a blob service; write for example https://account.blob.core.windows.net.");
    }
}
