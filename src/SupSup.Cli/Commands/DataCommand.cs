using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Core.Datasets;
using SupSup.Data;
using SupSup.Data.Inspection;
using SupSup.Data.Published;
using SupSup.Experiments.Files;

namespace SupSup.Cli.Commands;

/// <summary>`supsup data`.</summary>
internal static class DataCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new DocumentedCommand(
        "data", "fetch, verify, list and inspect datasets", "Datasets are kept in the data folder, which all commands share.",
        "supsup data list", "supsup data fetch mnist", "supsup data verify mnist", "supsup data inspect ./flowers")
    {
        List(common), Fetch(common), Verify(common), Inspect(common),
    };

    private static DocumentedCommand List(CommonOptions common)
    {
        DocumentedCommand command = new(
            "list", "list the datasets with their state", "A dataset that is missing is fetched when it is first used.", "supsup data list")
            {
                common.Data, common.Json,
            };
        command.SetAction(result => Print(new DatasetStore(common.Read(result).Data).List(), result.GetValue(common.Json)));
        return command;
    }

    private static DocumentedCommand Fetch(CommonOptions common)
    {
        Argument<string> name = new("NAME") { Description = "the dataset" };
        Option<bool> force = new("--force") { Description = "fetch again even if it exists, and replace damaged files" };
        Option<string?> archive = new("--archive")
        {
            Description = "the published archive, if it was downloaded by other means",
            HelpName = "FILE",
        };
        DocumentedCommand command = new(
            "fetch",
            "fetch a dataset into the data folder and verify it",
            "An existing dataset is kept, unless --force is given.", "supsup data fetch mnist", "supsup data fetch fashion-mnist --force",
            "supsup data fetch cifar-100 --archive ~/Downloads/cifar-100-binary.tar.gz")
            {
                name, force, archive, common.Data,
            };
        command.SetAction(async (result, cancellationToken) =>
        {
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            await new DatasetStore(common.Read(result).Data).FetchAsync(
                result.GetValue(name)!, result.GetValue(force), display, result.GetValue(archive), cancellationToken);
            return 0;
        });
        return command;
    }

    private static DocumentedCommand Verify(CommonOptions common)
    {
        Argument<string> name = new("NAME") { Description = "the dataset" };
        DocumentedCommand command = new(
            "verify", "check a dataset's files against their checksums", "The exit code is 1 when a file is missing or damaged.",
            "supsup data verify mnist")
        { name, common.Data, common.Json };
        command.SetAction(async (result, cancellationToken) =>
        {
            DatasetStatus status = await new DatasetStore(common.Read(result).Data).VerifyAsync(result.GetValue(name)!, cancellationToken);
            Print([status], result.GetValue(common.Json));
            return status.State == DatasetState.Ok ? 0 : UserError.Failed;
        });
        return command;
    }

    private static DocumentedCommand Inspect(CommonOptions common)
    {
        Argument<string> address = new("PATH") { Description = "a file or folder of your own with options, or the name of a dataset" };
        Option<string?> sheet = new("--out")
        {
            Description = "write a picture of examples of each class (- for stdout, and nothing else there)",
            HelpName = "FILE.png",
        };
        DocumentedCommand command = new(
            "inspect", "show what is understood of a dataset, and warn of what is odd",
            $"PATH is {string.Join("; ", DatasetFiles.Known)}. Whatever takes a dataset takes such a path, and options after it as "
                + "?NAME=VALUE&NAME=VALUE (quote them for the shell):",
            "supsup data inspect ./flowers --out flowers.png", "supsup data inspect './flowers?size=32&grey'",
            "supsup data inspect 'people.csv?label=income' --json")
        { address, sheet, common.Data, common.Json };
        command.Rows = DatasetFiles.Options;
        command.SetAction(async (result, cancellationToken) =>
        {
            OutputFile? picture = result.GetValue(sheet) is { } file ? OutputFile.Of(file) : null;
            Dataset dataset = await new DatasetStore(common.Read(result).Data).OpenAsync(
                result.GetValue(address)!, ProgressDisplay.ForStandardError(), cancellationToken);
            DatasetInspection found = DatasetInspection.Of(dataset);
            picture?.Write(ContactSheet.Draw(dataset));
            if (picture is { IsStdout: true }) return 0;
            if (result.GetValue(common.Json)) Console.Out.WriteLine(JsonSerializer.Serialize(found, DemoFiles.Json));
            else Print(found, dataset);
            return 0;
        });
        return command;
    }

    private static void Print(DatasetInspection found, Dataset dataset)
    {
        const int Most = 30;
        Console.Out.WriteLine($"{found.Name}");
        Console.Out.WriteLine(
            $"{found.Train} training and {found.Test} test examples of {dataset.Shape}{(found.Kind == "images" ? " pixels" : "")}: "
            + $"{found.Inputs} inputs, {found.Classes.Count} classes");
        foreach (ClassCount one in found.Classes.Take(Most))
            Console.Out.WriteLine($"  class {one.Number,-4} {one.Train,8} {one.Test,8}  {one.Name}");
        if (found.Classes.Count > Most) Console.Out.WriteLine($"  and {found.Classes.Count - Most} more classes (--json has all)");
        for (int n = 0; n < Math.Min(Most, found.Means.Count); n++)
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {(found.Kind == "images" ? "channel" : "input")} {n,-4} mean {found.Means[n],12:G6} "
                    + $"deviation {found.Deviations[n],12:G6}  {found.Features?[n]}"));
        if (found.Means.Count > Most) Console.Out.WriteLine($"  and {found.Means.Count - Most} more inputs (--json has all)");
        Console.Out.WriteLine($"checksum {found.Checksum}");
        foreach (string warning in found.Warnings.Except(dataset.Remarks)) Console.Error.WriteLine($"warning: {warning}");
    }

    private static int Print(IReadOnlyList<DatasetStatus> statuses, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new
                {
                    datasets = statuses.Select(s =>
                    new { s.Name, s.Description, state = s.State.ToString(), s.Directory, s.File, s.Problem })
                }, DemoFiles.Json));
        }
        else
        {
            foreach (DatasetStatus status in statuses)
                Console.Out.WriteLine(
                    $"{status.Name,-16} {status.State,-12} "
                        + $"{status.Directory}{(status.Problem is null ? "" : $"  {status.File}: {status.Problem}")}");
        }

        return 0;
    }
}
