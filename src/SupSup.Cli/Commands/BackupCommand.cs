using System.CommandLine;
using System.Text.Json;
using SupSup.Cli.Backups;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Storage;

namespace SupSup.Cli.Commands;

/// <summary>`supsup backup`.</summary>
internal static class BackupCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        StoreLocation location = new(common);
        Argument<string> folder = new("FOLDER") { Description = "folder of the backup" };
        Option<bool> verify = new("--verify") { Description = "copy nothing: compare the backup in FOLDER with its checksums" };
        DocumentedCommand command = new(
            "backup",
            "copy a store into a folder, also while silos use it",
            """
            Copies every model with its tasks, streams, sent data and trainings under way. Everything acknowledged before the backup
            began is in it whole. One that was cut off goes on when it is run again. The exit code is 1 where a record is
            damaged or missing in the store; the backup has all others. Use the tool of the silos' release.
            """,
            "supsup backup ./backup-monday",
            "supsup backup ./backup-monday --store /var/lib/supsup",
            "supsup backup ./backup-monday --azure-blobs https://account.blob.core.windows.net",
            "supsup backup --verify ./backup-monday") { folder, verify };
        location.AddTo(command);
        command.Options.Add(common.Json);
        command.SetAction(async (result, cancellationToken) =>
        {
            string path = Path.GetFullPath(result.GetValue(folder)!);
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            if (result.GetValue(verify))
            {
                (BackupSummary verified, _) = await StoreRestore.VerifyAsync(path, display, cancellationToken);
                Print(result.GetValue(common.Json), verified, $"the backup in {path} is whole");
                return 0;
            }

            await using RecordContainer source = await location.OpenToReadAsync(result, cancellationToken);
            BackupSummary summary = await StoreBackup.RunAsync(source, path, display, cancellationToken);
            Print(result.GetValue(common.Json), summary, $"backed up {source.Location} to {path}");
            foreach (string line in summary.LeftOut) display.Line($"left out: {line}");
            return summary.LeftOut.Count == 0 ? 0 : UserError.Failed;
        });
        return command;
    }

    /// <summary>Says what a backup holds.</summary>
    public static void Print(bool json, BackupSummary summary, string done) => Console.Out.WriteLine(json
        ? JsonSerializer.Serialize(summary, DemoFiles.Json)
        : $"{done}: {summary.Models} models with {summary.Tasks} tasks, {summary.Records} records, {summary.Bytes:N0} bytes");
}
