using System.Globalization;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Examples;

/// <summary>Reads rows without labels as the rows of a dataset were read: by the names of their columns, or in their order.</summary>
public static class TableRows
{
    /// <summary>Reads a table of separated values. Columns that are no input are passed over, so that a table with labels can be read too;
    /// one that was learned as texts is 1 for its text.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="content">The file.</param>
    /// <param name="width">How many inputs there are.</param>
    /// <param name="names">What they are called; empty where they have no names: the columns are then taken in their order.</param>
    /// <param name="mostRows">Rows at most.</param>
    /// <param name="ending">That of the file: .tsv tells tabs, .gz compression.</param>
    /// <returns>Numbers [rows, width].</returns>
    /// <exception cref="DatasetException">It is no table, a column is missing, a value is no number, or there are no rows, or more than
    /// may be.</exception>
    public static float[] Read(string name, byte[] content, int width, IReadOnlyList<string> names, int mostRows, string ending)
    {
        ArgumentNullException.ThrowIfNull(names);
        CsvTable table = new(name, hasHeader: false, () => new MemoryStream(content), ending);
        string[] first = [.. (table.Rows().FirstOrDefault().Cells ?? []).Select(cell => $"{cell}")];
        bool isHeadless = IsNumbered(names) || (first.All(IsNumeric) && !(names.Count > 0 && first.ToHashSet().IsSupersetOf(names)));
        if (!isHeadless) table = new(name, hasHeader: true, () => new MemoryStream(content), ending);
        (int At, string? Text)[] inputs = names.Count == 0 || isHeadless ? InOrder(table, width) : ByName(table, names);
        List<float> values = [];
        foreach ((long place, Cell[] cells) in table.Rows())
        {
            if (values.Count / width == mostRows)
                throw new DatasetException(name, $"has more than {mostRows} rows", "send fewer at once");
            foreach ((int at, string? text) in inputs)
            {
                Cell cell = cells[at];
                values.Add(text is not null ? (cell.ToString() == text ? 1 : 0) : float.IsFinite(cell.Number) ? cell.Number
                    : throw table.Wrong(place, table.Columns[at], cell.ToString(), "where a number is expected", "send a number"));
            }
        }

        return values.Count > 0 ? [.. values] : throw table.NoRows();
    }

    /// <summary>How many columns a table has.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="content">The file.</param>
    /// <param name="ending">As of <see cref="Read"/>.</param>
    /// <exception cref="DatasetException">It is no table, or has no rows.</exception>
    public static int Width(string name, byte[] content, string ending) =>
        new CsvTable(name, hasHeader: false, () => new MemoryStream(content), ending).Columns.Count;

    // Of data whose first line was an example: its columns are called by their places.
    private static bool IsNumbered(IReadOnlyList<string> names) =>
        names.Count > 0 && Enumerable.Range(0, names.Count).All(n => names[n] == n.ToString(CultureInfo.InvariantCulture));

    // What is missing, or no finite number, is told as such a value, and makes no header of a row.
    private static bool IsNumeric(string cell) =>
        string.IsNullOrWhiteSpace(cell) || float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static (int, string?)[] InOrder(CsvTable table, int width) => table.Columns.Count == width
        ? [.. Enumerable.Range(0, width).Select(n => (n, (string?)null))]
        : throw new DatasetException(
            table.Source, $"has {table.Columns.Count} columns, but the model takes {width} numbers",
            "send a column for each, in the order of the data that it learned");

    private static (int, string?)[] ByName(CsvTable table, IReadOnlyList<string> names)
    {
        Dictionary<string, int> at = table.Columns.Select((column, n) => (column, n)).ToDictionary(
            pair => pair.column, pair => pair.n, StringComparer.Ordinal);
        return [.. names.Select(name =>
        {
            if (at.TryGetValue(name, out int number)) return (number, (string?)null);

            // An input for each text of a column is called COLUMN=TEXT; either may have that character itself.
            for (int equals = name.IndexOf('=', StringComparison.Ordinal); equals >= 0; equals = name.IndexOf(
                '=', equals + 1))
                if (at.TryGetValue(name[..equals], out int column)) return (column, name[(equals + 1)..]);
            throw new DatasetOptionException(
                table.Source, $"has no column '{name.Split('=')[0]}'",
                $"its columns are {table.ColumnText}; the model needs {Some(names)}");
        })];
    }

    private static string Some(IReadOnlyList<string> names) =>
        names.Count <= 12 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(12))} and {names.Count - 12} more";
}
