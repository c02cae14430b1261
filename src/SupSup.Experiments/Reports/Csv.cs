using System.Globalization;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Reports;

/// <summary>Tables for other programs: comma-separated, invariant culture, NaN and null as empty.</summary>
internal static class Csv
{
    /// <summary>Writes a table.</summary>
    /// <param name="path">The file; it is replaced.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="rows">The rows; one that is shorter than the columns ends in empty cells.</param>
    public static void Write(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows) =>
        AtomicFile.Write(path, temporary => File.WriteAllLines(
            temporary, rows.Select(row => Line(row, columns.Count)).Prepend(Line(columns, columns.Count))));

    private static string Line(IReadOnlyList<object?> cells, int columns) =>
        string.Join(',', Enumerable.Range(0, columns).Select(n => n < cells.Count ? Cell(cells[n]) : ""));

    private static string Cell(object? value)
    {
        string text = value is double.NaN ? "" : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
