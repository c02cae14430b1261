using System.CommandLine;
using System.Text.Json;
using SupSup.Cli.Demo;
using SupSup.Cli.Output;
using SupSup.Data;
using SupSup.Data.Published;

namespace SupSup.Cli.Commands;

/// <summary>`supsup data`.</summary>
internal static class DataCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create(CommonOptions common) => new DocumentedCommand(
        "data", "fetch, verify and list datasets", "Datasets are kept in the data folder, which all commands share.",
        "supsup data list", "supsup data fetch mnist", "supsup data verify mnist") { List(common), Fetch(common), Verify(common) };

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
        DocumentedCommand command = new(
            "fetch",
            "fetch a dataset into the data folder and verify it",
            "An existing dataset is kept, unless --force is given.", "supsup data fetch mnist", "supsup data fetch fashion-mnist --force")
            {
                name, force, common.Data,
            };
        command.SetAction(async (result, cancellationToken) =>
        {
            ProgressDisplay display = ProgressDisplay.ForStandardError();
            await new DatasetStore(common.Read(result).Data).FetchAsync(
                result.GetValue(name)!, result.GetValue(force), display, cancellationToken);
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
