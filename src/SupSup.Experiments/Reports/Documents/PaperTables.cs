using System.Text.RegularExpressions;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Documents;

/// <summary>
/// The tables of README and docs that show runs. A row belongs to the run whose command it has, or whose name in backticks is its first
/// cell. Of a finished run the cells under the headings below are written anew; labels, the paper's numbers and rows of other runs stay.
/// Of several seeds cells are mean ± sample deviation, times and bytes the mean.
/// </summary>
public static partial class PaperTables
{
    private static readonly string[] Documents = ["README.md", "docs/reproducing.md"];

    private static readonly Dictionary<string, Func<IReadOnlyList<ExperimentResult>, string?>> Cells = new()
    {
        ["ours"] = Accuracy,
        ["here"] = Accuracy,
        ["accuracy"] = Accuracy,
        ["task given"] = seeds => Spread(seeds, result => result.GivenTaskAccuracy, Numbers.Share),
        ["alone"] = Found,
        ["task of single images found"] = Found,
        ["task and class of single images right"] = seeds =>
            double.IsNaN(seeds[0].ImageAccuracy) ? "" : Main(seeds, result => result.ImageAccuracy),
        ["masks recovered"] = seeds => seeds[0].Checkpoints[^1].Recoveries is null
            ? ""
            : $"{seeds.Sum(result => result.Checkpoints[^1].Recovered)} of "
                + $"{seeds.Sum(result => result.Checkpoints[^1].Recoveries!.Value.Length)}",
        ["steps"] = seeds => Numbers.OneDigit(seeds.Average(result => result.Checkpoints[^1].StepsUntilRecovered)),
        ["most steps"] = seeds =>
            seeds.SelectMany(result => result.Checkpoints[^1].Recoveries ?? []).Max(recovery => recovery.Steps) is { } most
                ? Numbers.Whole(most) : "",
        ["forgetting"] = seeds => Spread(seeds, result => result.Forgetting, Numbers.Share),
        ["bytes a task"] = seeds => Numbers.Whole(seeds.Average(result => result.BytesPerTask)),
        ["learning"] = seeds => Numbers.Time(seeds.Average(result => result.TrainSeconds)),
        ["everything"] = seeds => Numbers.Time(seeds.Average(result => result.TotalSeconds)),
        ["machine"] = seeds => string.Join("; ", seeds.Select(result => result.Machine.Split(", .NET")[0]).Distinct()),
        ["commit"] = seeds => seeds.All(result => result.Commit is { Length: >= 7 })
            ? string.Join(", ", seeds.Select(result => result.Commit![..7]).Distinct())
            : null,
    };

    /// <summary>Writes what a run found into the documents, and into its folder of docs/results, where it has one, what is kept there. Of
    /// several seeds the summary is kept, which tells each.</summary>
    /// <param name="root">The project's folder.</param>
    /// <param name="run">The run.</param>
    /// <param name="seeds">What it found with each seed, its own first.</param>
    /// <returns>The files that changed.</returns>
    /// <exception cref="IOException">A document is missing or cannot be written.</exception>
    public static IReadOnlyList<string> Write(string root, PaperRun run, IReadOnlyList<ExperimentResult> seeds)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(seeds);
        List<string> changed = [];
        foreach (string document in Documents)
        {
            string path = Path.Combine(root, document);
            string before = File.ReadAllText(path);
            string after = Refreshed(before, run.Name, seeds);
            if (after == before) continue;
            AtomicFile.Write(path, temporary => File.WriteAllText(temporary, after));
            changed.Add(document);
        }

        string kept = Path.Combine(root, "docs", "results", run.Name);
        IEnumerable<string> files = Directory.Exists(kept) ? Directory.EnumerateFiles(kept).Select(file => Path.GetFileName(file)) : [];
        if (seeds.Count > 1) files = files.Union([RunSummary.FileName]);
        foreach (string file in files.Order().ToArray())
        {
            string made = Path.Combine(seeds[0].Out, file);
            if (!File.Exists(made)) continue;
            Directory.CreateDirectory(kept);
            AtomicFile.Write(Path.Combine(kept, file), temporary => File.Copy(made, temporary, overwrite: true));
            changed.Add($"docs/results/{run.Name}/{file}");
        }

        return changed;
    }

    /// <summary>A document with the cells of one run written anew.</summary>
    /// <param name="document">Markdown.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="seeds">What it found with each seed, its own first.</param>
    public static string Refreshed(string document, string name, IReadOnlyList<ExperimentResult> seeds)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(seeds);
        string? command = RepeatCommand.Of(seeds[0].Config).Line;
        string[] lines = document.Split('\n');
        string[] headings = [];
        for (int n = 0; n < lines.Length; n++)
        {
            if (!lines[n].StartsWith('|'))
            {
                headings = [];
                continue;
            }

            string[] cells = [.. Bar().Split(lines[n].Trim().Trim('|')).Select(cell => cell.Trim())];
            if (headings.Length == 0) headings = cells;
            else if (cells.Length == headings.Length && (cells[0] == $"`{name}`" || cells[^1] == $"`{command}`"))
                lines[n] = $"| {string.Join(" | ", cells.Select((cell, column) => Cell(headings[column], cell, seeds)))} |";
        }

        return string.Join('\n', lines);
    }

    private static string Cell(string heading, string cell, IReadOnlyList<ExperimentResult> seeds) =>
        (Cells.TryGetValue(heading, out Func<IReadOnlyList<ExperimentResult>, string?>? write) ? write(seeds) : null) ?? cell;

    private static string Accuracy(IReadOnlyList<ExperimentResult> seeds) => Main(seeds, result => result.Accuracy);

    private static string Found(IReadOnlyList<ExperimentResult> seeds) => double.IsNaN(seeds[0].TaskInferenceAccuracy)
        ? ""
        : Spread(seeds, result => result.TaskInferenceAccuracy, Numbers.Percent);

    // What a row is about tells the number of seeds, too.
    private static string Main(IReadOnlyList<ExperimentResult> seeds, Func<ExperimentResult, double> figure) =>
        $"**{Spread(seeds, figure, Numbers.Share)}**{(seeds.Count == 1 ? "" : $" ({seeds.Count} seeds)")}";

    private static string Spread(
        IReadOnlyList<ExperimentResult> seeds, Func<ExperimentResult, double> figure, Func<double, string> text) =>
        Numbers.Spread([.. seeds.Select(figure)], text);

    // A bar that no backslash takes as text.
    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();
}
