using System.Text;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Paper;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports;

/// <summary>summary.md: what was found, beside the paper's number, with the command that finds it again.</summary>
internal static class RunSummary
{
    public static void Write(RunFolder folder, ExperimentResult result) =>
        AtomicFile.Write(folder.File("summary.md"), temporary => File.WriteAllText(temporary, Text(result)));

    public static string Text(ExperimentResult result)
    {
        PaperFigure? paper = PaperFigure.Of(result.Config);
        PaperLevel? level = paper?.Level(result.Config);
        RepeatCommand repeat = RepeatCommand.Of(result.Config);
        StringBuilder text = new();
        text.Append($"# {result.Name}\n\n");
        if (result.Config.Description.Length > 0) text.Append($"{result.Config.Description}\n\n");
        if (repeat.Changes.Length > 0) text.Append($"Here with `{repeat.Changes}`.\n\n");
        text.Append("| run | the paper | ours | difference | time | command |\n|---|---|---|---|---|---|\n");
        text.Append($"| {result.Legend()}, {result.Tasks} task{(result.Tasks == 1 ? "" : "s")} ");
        text.Append($"| {(level is null ? "" : $"{(level.Below ? "" : "~")}{level.Text}")} | {Numbers.Share(result.Accuracy)} ");
        text.Append($"| {(level is null ? "" : Numbers.Difference(result.Accuracy - level.Accuracy))} ");
        string again = repeat.Line is { } line ? $"`{line.Replace("|", @"\|", StringComparison.Ordinal)}`" : "config.json has the settings";
        text.Append($"| {Numbers.Time(result.TotalSeconds)} | {again} |\n\n");
        if (repeat.Unsaid.Length > 0) text.Append($"No option sets {string.Join(", ", repeat.Unsaid)}: config.json has them.\n\n");
        if (level is not null) text.Append($"The paper's number: {paper!.Caption}: {level.Name}, {paper.Source}.\n\n");
        text.Append("| measured | |\n|---|---|\n");
        foreach ((string name, string value) in Measured(result)) text.Append($"| {name} | {value} |\n");
        text.Append($"\nRun on {result.Machine}.\n");
        return text.ToString();
    }

    private static IEnumerable<(string Name, string Value)> Measured(ExperimentResult result)
    {
        yield return ("accuracy", Numbers.Share(result.Accuracy));
        yield return ("accuracy, task given", Numbers.Share(result.GivenTaskAccuracy));
        if (!double.IsNaN(result.BatchTaskInferenceAccuracy))
            yield return ("task found, once per batch of 128", Numbers.Percent(result.BatchTaskInferenceAccuracy));
        if (!double.IsNaN(result.TaskInferenceAccuracy))
            yield return ("task found, each image alone", Numbers.Percent(result.TaskInferenceAccuracy));
        if (!double.IsNaN(result.ImageAccuracy))
            yield return ("task and class right, each image alone", Numbers.Share(result.ImageAccuracy));
        yield return ("forgetting", Numbers.Share(result.Forgetting));
        yield return ("backward transfer", Numbers.Share(result.BackwardTransfer));
        if (!double.IsNaN(result.ForwardTransfer)) yield return ("forward transfer", Numbers.Share(result.ForwardTransfer));
        yield return ("bytes per task", Numbers.Whole(result.BytesPerTask));
        yield return ("learning", Numbers.Time(result.TrainSeconds));
    }
}
