using System.CommandLine;
using Spectre.Console;
using SupSup.Cli.Commands;
using SupSup.Cli.Demo;
using SupSup.Cli.Hosting;
using SupSup.Cli.Output;

namespace SupSup.Bench;

/// <summary>`supsup bench`.</summary>
internal static class BenchCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common)
    {
        string[] parts = [.. Enum.GetNames<BenchPart>().Select(part => part.ToLowerInvariant())];
        string scale = nameof(BenchPart.Scale).ToLowerInvariant();
        Option<string[]> only = Validation.Only("parts to run", "PART", parts);
        Option<int> rounds = Validation.Number("--rounds", "rounds of each measurement; medians are reported", 1, 1000, 7);
        Option<int> trained = Validation.Number(
            "--trained", "masks to train; they are kept for the next run, and the other masks are made from them", 64, 100_000, 250);
        Option<int[]> sizes = new("--tasks")
        {
            Description = "numbers of tasks that part scale grows to",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1000, 10_000],
        };
        sizes.Validators.Add(result =>
        {
            int[] counts = result.GetValue(sizes) ?? [];
            if (counts.Length == 0 || counts[0] < 100 || counts[^1] > 10_000_000
                || counts.Zip(counts.Skip(1)).Any(two => two.First + 100 > two.Second))
                result.AddError("--tasks takes numbers from 100 to 10,000,000, ascending by 100 or more");
        });
        Option<int> silos = Validation.Number(
            "--silos", "silos of part scale: 1 on a directory, several on Redis and Azurite", 1, 100, 1);
        DocumentedCommand command = new(
            "bench",
            "measure speed and memory beside their floors and peers, in the same run",
            """
            The first run trains masks for some minutes, which later runs reuse. Nothing else should run meanwhile.
            Part scale runs only where --only names it: 100,000 tasks take some ten minutes, 8 GB of memory and 5 GB of disk.
            """,
            "supsup bench",
            "supsup bench --only train oneshot --rounds 15",
            "supsup bench --only scale --tasks 1000 10000 100000",
            "supsup bench --json")
        {
            only, rounds, trained, sizes, silos, common.Data, common.Json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string[] asked = result.GetValue(only) is { Length: > 0 } some ? some : [.. parts.Where(part => part != scale)];
            BenchPart[] chosen = [.. Enum.GetValues<BenchPart>().Where(part => asked.Contains(part.ToString().ToLowerInvariant()))];
            BenchOptions options = new()
            {
                Parts = chosen,
                Rounds = result.GetValue(rounds),
                Trained = chosen.All(part => part is BenchPart.Train or BenchPart.Pictures or BenchPart.Device
                    or BenchPart.DevicePictures or BenchPart.Files or BenchPart.Bytes)
                    ? 0 : result.GetValue(trained),
                Tasks = result.GetValue(sizes)!,
                Silos = result.GetValue(silos),
                Folder = Path.Combine(SupSupHome.Folder, "bench"),
            };
            BenchReport report =
                await new BenchRun(options, common.Read(result), ProgressDisplay.ForStandardError()).RunAsync(cancellationToken);
            if (result.GetValue(common.Json)) Console.Out.WriteLine(report.ToJson().ToJsonString(DemoFiles.Json));
            else BenchTable.Print(report, AnsiConsole.Console);
            return 0;
        });
        return command;
    }
}
