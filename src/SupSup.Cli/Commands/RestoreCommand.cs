using System.CommandLine;
using SupSup.Cli.Backups;
using SupSup.Cli.Output;
using SupSup.Grains.Interfaces.Models;
using SupSup.Storage;

namespace SupSup.Cli.Commands;

/// <summary>`supsup restore`.</summary>
internal static class RestoreCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        StoreLocation location = new(common);
        Argument<string> folder = new("FOLDER") { Description = "folder of the backup" };
        Option<bool> replace = new("--replace") { Description = "delete what the store has; without it the store must be empty" };
        Option<bool> yes = Validation.Yes();
        DocumentedCommand command = new(
            "restore",
            "put a backup into a store",
            """
            Checks the backup, writes it, and checks what was written. Stop all silos of the store first, and start them when it is done. A
            backup of a directory can be restored into Azure, and the other way round. One that was cut off goes on when it is run again.
            """,
            "supsup restore ./backup-monday --store /var/lib/supsup",
            "supsup restore ./backup-monday --azure-blobs https://account.blob.core.windows.net --container grainstate",
            "supsup restore ./backup-monday --store /var/lib/supsup --replace") { folder, replace, yes };
        location.AddTo(command);
        command.Options.Add(common.Json);
        command.SetAction(async (result, cancellationToken) =>
        {
            string path = Path.GetFullPath(result.GetValue(folder)!);
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            BackupFolder.Open(path); // before a store is made
            await using RecordContainer target = await location.OpenToWriteAsync(result, cancellationToken);
            BackupSummary? summary = await StoreRestore.RunAsync(path, target, MayReplace, display, cancellationToken);
            if (summary is null) return UserError.Failed;
            BackupCommand.Print(result.GetValue(common.Json), summary, $"restored {path} to {target.Location}");
            return 0;

            bool MayReplace(int records) => result.GetValue(replace)
                ? Validation.IsConfirmed(result.GetValue(yes), $"the {records} records of {target.Location}")
                : throw new SupSupException(
                    SupSupError.Conflict,
                    $"the store {target.Location} is not empty: it has {records} records; name an empty one, or pass --replace to delete "
                        + "them");
        });
        return command;
    }
}
