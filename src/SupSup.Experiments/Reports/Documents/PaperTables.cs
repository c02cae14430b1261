using System.Globalization;
using System.Text.RegularExpressions;
using SupSup.Experiments.Evaluation;
using SupSup.Experiments.Files;
using SupSup.Experiments.Reports.Texts;

namespace SupSup.Experiments.Reports.Documents;

/// <summary>
/// The tables of README and docs that show runs. A row belongs to the run whose command it has, or whose name in backticks is its first
/// cell. Of a finished run the cells under the headings below are written anew; labels, the paper's numbers and rows of other runs stay.
/// </summary>
public static partial class PaperTables
{
    private static readonly string[] Documents = ["README.md", "docs/reproducing.md"];

    private static readonly Dictionary<string, Func<ExperimentResult, string?>> Cells = new()
    {
        ["ours"] = Accuracy,
        ["here"] = Accuracy,
        ["accuracy"] = Accuracy,
        ["task given"] = result => Numbers.Share(result.GivenTaskAccuracy),
        ["alone"] = Found,
        ["task of single images found"] = Found,
        ["task and class of single images right"] = result =>
            double.IsNaN(result.ImageAccuracy) ? "" : $"**{Numbers.Share(result.ImageAccuracy)}**",
        ["forgetting"] = result => Numbers.Share(result.Forgetting),
        ["bytes a task"] = result => Numbers.Whole(result.BytesPerTask),
        ["learning"] = result => Numbers.Time(result.TrainSeconds),
        ["everything"] = result => Numbers.Time(result.TotalSeconds),
        ["machine"] = result => result.Machine.Split(", .NET")[0],
        ["commit"] = result => result.Commit is { Length: >= 7 } commit ? commit[..7] : null,
    };

    /// <summary>Writes what a run found into the documents, and into its folder of docs/results, where it has one, what is kept there.
    /// </summary>
    /// <param name="root">The project's folder.</param>
    /// <param name="run">The run.</param>
    /// <param name="result">What it found.</param>
    /// <returns>The files that changed.</returns>
    /// <exception cref="IOException">A document is missing or cannot be written.</exception>
    public static IReadOnlyList<string> Write(string root, PaperRun run, ExperimentResult result)
    {
        List<string> changed = [];
        foreach (string document in Documents)
        {
            string path = Path.Combine(root, document);
            string before = File.ReadAllText(path);
            string after = Refreshed(before, run.Name, result);
            if (after == before) continue;
            AtomicFile.Write(path, temporary => File.WriteAllText(temporary, after));
            changed.Add(document);
        }

        string kept = Path.Combine(root, "docs", "results", run.Name);
        if (!Directory.Exists(kept)) return changed;
        foreach (string file in Directory.EnumerateFiles(kept).Select(file => Path.GetFileName(file)).Order())
        {
            string made = Path.Combine(result.Out, file);
            if (!File.Exists(made)) continue;
            AtomicFile.Write(Path.Combine(kept, file), temporary => File.Copy(made, temporary, overwrite: true));
            changed.Add($"docs/results/{run.Name}/{file}");
        }

        return changed;
    }

    /// <summary>A document with the cells of one run written anew.</summary>
    /// <param name="document">Markdown.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="result">What it found.</param>
    public static string Refreshed(string document, string name, ExperimentResult result)
    {
        string? command = RepeatCommand.Of(result.Config).Line;
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
                lines[n] = $"| {string.Join(" | ", cells.Select((cell, column) => Cell(headings[column], cell, result)))} |";
        }

        return string.Join('\n', lines);
    }

    private static string Cell(string heading, string cell, ExperimentResult result) =>
        (Cells.TryGetValue(heading, out Func<ExperimentResult, string?>? write) ? write(result) : null) ?? cell;

    private static string Accuracy(ExperimentResult result) => $"**{Numbers.Share(result.Accuracy)}**";

    private static string Found(ExperimentResult result) => double.IsNaN(result.TaskInferenceAccuracy)
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{100 * result.TaskInferenceAccuracy:F2} %");

    // A bar that no backslash takes as text.
    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();
}
