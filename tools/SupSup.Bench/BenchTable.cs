using Spectre.Console;
using SupSup.Core.Banks;

namespace SupSup.Bench;

/// <summary>The figures as a person reads them, on stdout.</summary>
internal static class BenchTable
{
    /// <summary>Prints them.</summary>
    public static void Print(BenchReport report, IAnsiConsole console)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumns("figure", "measured");
        foreach (string heading in new[] { "value", "must", "aim" }) table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("reached");
        foreach (BenchFigure figure in report.Figures)
        {
            string sign = figure.AtLeast ? "≥" : "≤";
            table.AddRow(
                Markup.Escape($"{figure.What} ({figure.Key})"), Markup.Escape(figure.Measured), $"{figure.Value:0.####}",
                $"{sign} {figure.Must:0.####}", $"{sign} {figure.Aim:0.####}", figure.Reached);
        }

        console.Write(table);
        Console.Out.WriteLine("medians; 1 thread unless said otherwise; every figure with its peer in the same rounds");
        foreach ((string name, double value) in report.Details) Console.Out.WriteLine($"{name} {value:G5}");
        Console.Out.WriteLine($"{BenchReport.Processor}, {Environment.ProcessorCount} cores, {MaskBank.Registers}");
    }
}
