using System.Globalization;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>One value of a table.</summary>
/// <param name="Text">As it is written; null where the file has a number.</param>
/// <param name="Number">As a number; NaN where it is none.</param>
internal readonly record struct Cell(string? Text, float Number)
{
    /// <summary>A value that is written as text.</summary>
    public static Cell Of(string text) =>
        new(text, float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number : float.NaN);

    /// <summary>As it is written, or would be.</summary>
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Rows of values under names, read as a stream as often as needed.</summary>
/// <param name="source">What messages call it.</param>
internal abstract class Table(string source)
{
    /// <summary>What messages call it.</summary>
    public string Source => source;

    /// <summary>The names of the columns.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>The rows with the place that messages call them by; the array is the same for all.</summary>
    public abstract IEnumerable<(long Place, Cell[] Cells)> Rows();

    /// <summary>What a place is: line or row.</summary>
    public abstract string Unit { get; }

    /// <summary>Some of the names of the columns, for messages.</summary>
    public string ColumnText => Columns.Count <= 12
        ? string.Join(", ", Columns)
        : $"{string.Join(", ", Columns.Take(12))} and {Columns.Count - 12} more";

    /// <summary>Where a column is.</summary>
    /// <exception cref="DatasetException">There is none of the name.</exception>
    public int At(string column) => Columns.ToList().IndexOf(column) is >= 0 and int at
        ? at
        : throw new DatasetOptionException(source, $"has no column '{column}'", $"its columns are {ColumnText}");

    /// <summary>The error of a table that is empty.</summary>
    public DatasetException NoRows() => new(source, "has no rows", "put a row of values for each example there");

    /// <summary>The error of a value.</summary>
    public DatasetException Wrong(long place, string column, string value, string problem, string remedy) =>
        new(source, $"{Unit} {place}, column '{column}' has '{value}', {problem}", remedy);
}
