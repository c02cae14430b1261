using Spectre.Console;
using SupSup.Experiments.Suites;

namespace SupSup.Cli.Experiments;

/// <summary>What the suite of task inference found, for people.</summary>
internal static class SuiteTable
{
    public static void Print(SuiteResult result, IAnsiConsole console)
    {
        foreach (SuiteRowResult row in result.Rows)
        {
            Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(
                $"{row.Name}, {row.Recipe}, {row.Scenario}: {row.Images} images, {row.Batches} batches of {row.BatchSize}"));
            table.AddColumns("rule", "task found", "accuracy", "calibration error", "ms", "batch: task found", "accuracy", "ms");
            table.AddRow("task given", "", $"{row.GivenTaskAccuracy:F4}", "", "", "", $"{row.GivenTaskBatchAccuracy:F4}", "");
            foreach ((string rule, SuiteFigure single, SuiteFigure batch) in row.Rules)
                table.AddRow(
                    rule, Found(single), Accuracy(single), $"{single.CalibrationError:F3}", Time(single), Found(batch), Accuracy(batch),
                    Time(batch));
            console.Write(table);
            if (row.Marked is not null || !row.Unknown.IsEmpty) console.Write(Unknown(row));
        }

        console.MarkupLineInterpolated($"{result.Machine}");
        if (!result.LeftOut.IsEmpty)
            console.MarkupLineInterpolated(
                $"left out, since their data were not given (--omniglot, --clinc): {string.Join(", ", result.LeftOut)}");
    }

    private static Table Unknown(SuiteRowResult row)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{row.Name}: inputs of no task, told by evidence"));
        table.AddColumns("inputs", "number", "marked at UnknownRate .01", "at .05", "AUROC", "recognised at 1 % false alarms", "at 5 %");
        table.AddRow("of its tasks", $"{row.Images}", $"{row.Marked?.At1:P1}", $"{row.Marked?.At5:P1}", "", "", "");
        foreach (SuiteUnknown unknown in row.Unknown)
            table.AddRow(
                Markup.Escape(unknown.Kind), $"{unknown.Inputs}", $"{unknown.Marked?.At1:P1}", $"{unknown.Marked?.At5:P1}",
                $"{unknown.Auroc:F4}", $"{unknown.RecallAt1:P1}", $"{unknown.RecallAt5:P1}");
        return table;
    }

    private static string Found(SuiteFigure figure) => $"{figure.TaskFound:P2}";

    private static string Accuracy(SuiteFigure figure) => $"{figure.Accuracy:F4}";

    private static string Time(SuiteFigure figure) => $"{figure.Milliseconds:G3}";
}
