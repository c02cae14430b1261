using System.CommandLine;
using SupSup.Cli.Hosting;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Settings;
using SupSup.Storage;
using SupSup.Storage.AzureBlobs;
using SupSup.Storage.LocalDirectory;

namespace SupSup.Cli.Commands;

/// <summary>The options that name the store itself, rather than a service that uses it.</summary>
internal sealed class StoreLocation(CommonOptions common)
{
    private readonly Option<string?> _azure = new("--azure-blobs")
    {
        Description = "connection string, or https address, of the storage account, in place of --store; @FILE reads it from a file",
        HelpName = "STRING",
    };

    private readonly Option<string?> _container =
        new("--container") { Description = "container of the blobs (default: grainstate)", HelpName = "NAME" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[common.Store, _azure, _container]) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_azure) is not null && result.GetResult(common.Store) is not null)
                result.AddError("--store and --azure-blobs name two stores; give one of them");
            if (result.GetResult(_container) is not null && result.GetResult(_azure) is null)
                result.AddError("--container is of --azure-blobs; give that too");
        });
    }

    /// <summary>Opens the store for reading.</summary>
    public async Task<RecordContainer> OpenToReadAsync(ParseResult result, CancellationToken cancellationToken) =>
        Azure(result) is { } options
            ? await BlobRecords.OpenToReadAsync(options, cancellationToken)
            : DirectoryRecords.OpenToRead(Folder(result));

    /// <summary>Opens the store for writing, and makes it where it is missing.</summary>
    public async Task<RecordContainer> OpenToWriteAsync(ParseResult result, CancellationToken cancellationToken) =>
        Azure(result) is { } options
            ? await BlobRecords.OpenToWriteAsync(options, cancellationToken)
            : DirectoryRecords.OpenToWrite(Folder(result));

    private string Folder(ParseResult result) => Path.GetFullPath(result.GetValue(common.Store) ?? SupSupHome.Store);

    private BlobGrainStorageOptions? Azure(ParseResult result)
    {
        if (result.GetValue(_azure) is not { } account) return null;
        string container = result.GetValue(_container) ?? new StorageSettings().ContainerFor(SiloSettings.DefaultServiceId)!;
        if (!ContainerName.IsValid(container)) throw Invalid($"--container '{container}' {ContainerName.Rule}");
        if (Uri.TryCreate(account, UriKind.Absolute, out Uri? address) && BlobGrainStorageOptions.IsServiceUri(address))
            return new() { ServiceUri = address, ContainerName = container };
        return BlobGrainStorageOptions.IsConnectionString(account)
            ? new() { ConnectionString = account, ContainerName = container }
            : throw Invalid(
                "--azure-blobs is neither a connection string, as the Azure portal shows it, nor an https address such as "
                    + "https://account.blob.core.windows.net");

        static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
    }
}
