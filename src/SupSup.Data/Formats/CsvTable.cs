using System.IO.Compression;
using nietras.SeparatedValues;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>A file of separated values, plain or gzip: commas, semicolons, tabs or bars, whichever its first line has.</summary>
internal sealed class CsvTable : Table
{
    private readonly string _ending;
    private readonly Func<Stream> _open;
    private readonly bool _hasHeader;

    /// <summary>Opens the file for its head.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hasHeader">Whether the first line has the names of columns; else they are 0, 1, 2 and so on.</param>
    /// <exception cref="DatasetException">It has no line, or two columns of one name.</exception>
    public CsvTable(string path, bool hasHeader) : this(path, hasHeader, () => File.OpenRead(path), path)
    {
    }

    /// <summary>Opens a table that is no file, for its head.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="hasHeader">Whether the first line has the names of columns; else they are 0, 1, 2 and so on.</param>
    /// <param name="open">Gives its bytes, each time anew.</param>
    /// <param name="ending">An ending, or a path with one, which tells tabs and gzip.</param>
    /// <exception cref="DatasetException">It has no line, or two columns of one name.</exception>
    public CsvTable(string name, bool hasHeader, Func<Stream> open, string ending) : base(name)
    {
        (_ending, _hasHeader, _open) = (ending, hasHeader, open);
        using SepReader reader = Open();
        if (!reader.HasRows) throw new DatasetException(name, "has no rows", "put a row of values for each example there");
        Columns = hasHeader
            ? [.. reader.Header.ColNames]
            : [.. Enumerable.Range(0, reader.MoveNext() ? reader.Current.ColCount : 0).Select(n => $"{n}")];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns { get; }

    /// <inheritdoc/>
    public override string Unit => "line";

    /// <summary>Whether a file is one by its name.</summary>
    public static bool IsTable(string path) => Ending(path) is ".csv" or ".tsv";

    /// <inheritdoc/>
    public override IEnumerable<(long Place, Cell[] Cells)> Rows()
    {
        Cell[] cells = new Cell[Columns.Count];
        using SepReader reader = Open();
        while (Next(reader))
        {
            yield return (Read(reader.Current, cells), cells);
        }
    }

    private static string Ending(string path) =>
        Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();

    private static long Read(SepReader.Row row, Cell[] cells)
    {
        for (int n = 0; n < cells.Length; n++) cells[n] = Cell.Of(row[n].ToString());
        return row.LineNumberFrom;
    }

    // A row of another number of columns is told by the reader.
    private bool Next(SepReader reader)
    {
        try
        {
            return reader.MoveNext();
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException)
        {
            throw Damaged(e);
        }
    }

    private SepReader Open()
    {
        Stream file = _open();
        if (_ending.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) file = new GZipStream(file, CompressionMode.Decompress);
        try
        {
            Sep? separator = Ending(_ending) == ".tsv" ? Sep.New('\t') : null;
            return Sep.Reader(options => options with
            {
                Sep = separator,
                HasHeader = _hasHeader,
                Unescape = true,
                Trim = SepTrim.Outer,
                CreateToString = SepToString.PoolPerCol(maximumStringLength: 64),
            }).From(file);
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or NotSupportedException)
        {
            file.Dispose();
            throw Damaged(e);
        }
    }

    // What the reader says may hold a whole line.
    private DatasetException Damaged(Exception e)
    {
        const int Most = 300;
        string said = e.Message.Length <= Most ? e.Message : $"{e.Message[..Most]}...";
        return new(Source, $"is no table that can be read ({said})", "mend it", e);
    }
}
