using System.Text;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Paper;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports;

/// <summary>summary.md: what was found, beside the paper's number, with the command that finds it again.</summary>
internal static class RunSummary
{
    /// <summary>Its name.</summary>
    public const string FileName = "summary.md";

    private static readonly Measure[] Measures =
    [
        new("accuracy", result => result.Accuracy, Numbers.Share),
        new("accuracy, task given", result => result.GivenTaskAccuracy, Numbers.Share),
        new("task found, once per batch of 128", result => result.BatchTaskInferenceAccuracy, Numbers.Percent),
        new("task found, each image alone", result => result.TaskInferenceAccuracy, Numbers.Percent),
        new("task and class right, each image alone", result => result.ImageAccuracy, Numbers.Share),
        new("share of masks recovered in full", result => result.Checkpoints[^1].RecoveredShare, Numbers.Share),
        new("steps until then, mean", result => result.Checkpoints[^1].StepsUntilRecovered, Numbers.OneDigit),
        new("forgetting", result => result.Forgetting, Numbers.Share),
        new("backward transfer", result => result.BackwardTransfer, Numbers.Share),
        new("forward transfer", result => result.ForwardTransfer, Numbers.Share),
        new("bytes per task", result => result.BytesPerTask, Numbers.Whole),
        new("learning", result => result.TrainSeconds, Numbers.Time),
    ];

    /// <summary>Writes it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="seeds">What the run found, and after it the same run with other seeds.</param>
    public static void Write(RunFolder folder, params IReadOnlyList<ExperimentResult> seeds) =>
        AtomicFile.Write(folder.File(FileName), temporary => File.WriteAllText(temporary, Text(seeds)));

    /// <summary>Its text.</summary>
    /// <param name="seeds">What the run found, and after it the same run with other seeds.</param>
    public static string Text(params IReadOnlyList<ExperimentResult> seeds)
    {
        ExperimentResult result = seeds[0];
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
        foreach (Measure measure in Measured(result)) text.Append($"| {measure.Name} | {measure.Text(measure.Of(result))} |\n");
        if (seeds.Count > 1) AppendSeeds(text, seeds);
        text.Append($"\nRun on {result.Machine}.\n");
        return text.ToString();
    }

    private static Measure[] Measured(ExperimentResult result) =>
        [.. Measures.Where(measure => !double.IsNaN(measure.Of(result)))];

    private static void AppendSeeds(StringBuilder text, IReadOnlyList<ExperimentResult> seeds)
    {
        Measure[] columns = Measured(seeds[0]);
        text.Append($"\n| seed | {string.Join(" | ", columns.Select(measure => measure.Name))} | commit |\n");
        text.Append($"|---|{string.Concat(columns.Select(_ => "---|"))}---|\n");
        foreach (ExperimentResult seed in seeds)
        {
            text.Append($"| {seed.Config.Seed} | {string.Join(" | ", columns.Select(measure => measure.Text(measure.Of(seed))))} ");
            text.Append($"| {(seed.Commit is { Length: >= 7 } commit ? commit[..7] : "")} |\n");
        }

        IEnumerable<string> spreads = columns.Select(measure => Numbers.Spread([.. seeds.Select(measure.Of)], measure.Text));
        text.Append($"| mean ± sample deviation | {string.Join(" | ", spreads)} | |\n");
    }

    private sealed record Measure(string Name, Func<ExperimentResult, double> Of, Func<double, string> Text);
}
