using System.Globalization;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>The column of a table that has the labels, and the classes that the training half has.</summary>
internal sealed class TableLabels
{
    private static readonly string[] UsualNames = ["label", "class", "target", "labels", "species", "category"];

    private readonly Dictionary<string, int> _numbers;

    /// <summary>Finds the column and reads the training half.</summary>
    /// <param name="address">The options.</param>
    /// <param name="train">The training half.</param>
    /// <param name="classNames">The names of classes, of a label column that has their numbers; else null.</param>
    /// <param name="see">Told of every row on the way.</param>
    /// <exception cref="DatasetException">The column is not there, or has values that cannot be labels.</exception>
    public TableLabels(
        DatasetAddress address, Table train, Func<string, IReadOnlyList<string>?> classNames, Action<long, Cell[]>? see = null)
    {
        Column = address.Text("label")
            ?? UsualNames.Select(name => train.Columns.FirstOrDefault(column => column.Equals(name, StringComparison.OrdinalIgnoreCase)))
                .FirstOrDefault(column => column is not null)
            ?? throw new DatasetOptionException(
                train.Source, "does not say which column has the labels",
                $"name it by an option, as '?label={train.Columns[^1]}'; the columns are {train.ColumnText}");
        int at = train.At(Column);
        HashSet<string> found = new(StringComparer.Ordinal);
        foreach ((long place, Cell[] cells) in train.Rows())
        {
            Count++;
            found.Add(Text(train, place, cells[at]));
            see?.Invoke(place, cells);
        }

        if (Count == 0) throw train.NoRows();
        if (found.Count > 100 && found.Count > Count / 2)
            throw new DatasetOptionException(
                train.Source, $"label column '{Column}' has {found.Count} values in {Count} rows, which are hardly classes",
                "name a column of classes by the option label");
        IReadOnlyList<string>? names = classNames(Column);
        Names = names ?? Halves.Sorted(found);
        _numbers = Names.Select((name, n) => (Name: names is null ? name : n.ToString(CultureInfo.InvariantCulture), n))
            .ToDictionary(pair => pair.Name, pair => pair.n, StringComparer.Ordinal);
    }

    /// <summary>The column.</summary>
    public string Column { get; }

    /// <summary>What the classes are called.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Rows of the training half.</summary>
    public int Count { get; }

    /// <summary>What messages about labels call their place.</summary>
    public string Source(Table table) => $"{table.Source}, column '{Column}'";

    /// <summary>The label of every row.</summary>
    public int[] Read(Table table)
    {
        int at = table.At(Column);
        return [.. table.Rows().Select(row => Of(table, row.Place, row.Cells[at]))];
    }

    /// <summary>The number of a label's class.</summary>
    /// <exception cref="DatasetException">There is no label, or no such class.</exception>
    public int Of(Table table, long place, Cell cell)
    {
        string text = Text(table, place, cell);
        return _numbers.TryGetValue(text, out int label)
            ? label
            : throw table.Wrong(
                place, Column, text, "which is none of the classes of the training half", "take both halves from the same dataset");
    }

    private static string Text(Table table, long place, Cell cell) => cell.ToString() is { Length: > 0 } label && label != "NaN"
        ? label
        : throw new DatasetException(table.Source, $"{table.Unit} {place} has no label", "add it, or remove the row");
}
