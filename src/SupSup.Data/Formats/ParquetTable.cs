using System.Globalization;
using Parquet;
using Parquet.Schema;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>Parquet files of one schema as a table, read one group of rows after another. A list of numbers is as many columns.</summary>
internal sealed class ParquetTable : Table
{
    private readonly string[] _files;
    private readonly List<(DataField Field, int Width)> _fields = [];
    private readonly List<string> _columns = [];

    /// <summary>Opens the files for their schema.</summary>
    /// <param name="source">What messages call them.</param>
    /// <param name="files">The files, in the order of their rows.</param>
    /// <param name="columns">The columns to read; null for all that can be inputs or labels.</param>
    public ParquetTable(string source, string[] files, Predicate<string>? columns = null) : base(source)
    {
        _files = files;
        using OpenFile open = new(files[0]);
        Metadata = open.File.CustomMetadata;
        foreach (DataField field in open.File.Schema.DataFields.Where(field =>
            columns?.Invoke(field.Path.FirstPart!) ?? !IsBytes(field)))
        {
            int width = field.MaxRepetitionLevel == 0 ? 1 : ListWidth(open.File, field);
            _fields.Add((field, width));
            string name = field.Path.FirstPart!;
            if (field.MaxRepetitionLevel == 0) _columns.Add(field.Path.Length == 1 ? name : $"{name}.{field.Name}");
            else _columns.AddRange(Enumerable.Range(0, width).Select(n => $"{name}[{n}]"));
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns => _columns;

    /// <summary>Key-value metadata of the first file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override string Unit => "row";

    /// <inheritdoc/>
    public override IEnumerable<(long Place, Cell[] Cells)> Rows()
    {
        Cell[] cells = new Cell[_columns.Count];
        long place = 0;
        foreach (string file in _files)
        {
            using OpenFile open = new(file);
            for (int group = 0; group < open.File.RowGroupCount; group++)
            {
                using ParquetRowGroupReader rows = open.File.OpenRowGroupReader(group);
                (Func<int, Cell> At, int Width)[] columns =
                    [.. _fields.Select(field => (Guarded(file, () => Read(file, rows, field.Field, field.Width)), field.Width))];
                for (int row = 0; row < rows.RowCount; row++, place++)
                {
                    int column = 0;
                    foreach ((Func<int, Cell> at, int width) in columns)
                        for (int n = 0; n < width; n++) cells[column++] = at(row * width + n);
                    yield return (place, cells);
                }
            }
        }
    }

    /// <summary>Pictures that are stored as bytes, one group of rows after another.</summary>
    /// <param name="files">The files.</param>
    /// <param name="column">The column: of bytes, or a structure that has them.</param>
    public static IEnumerable<Picture> Pictures(string[] files, string column)
    {
        foreach (string file in files)
        {
            using OpenFile open = new(file);
            DataField field = open.File.Schema.DataFields.First(field => IsPicture(field) && field.Path.FirstPart == column);
            long place = 0;
            for (int group = 0; group < open.File.RowGroupCount; group++)
            {
                using ParquetRowGroupReader rows = open.File.OpenRowGroupReader(group);
                (ReadOnlyMemory<byte>[] contents, int[] levels, _) = Guarded(file, () => Raw<ReadOnlyMemory<byte>>(rows, field));
                foreach (int at in Places(field, levels, contents.Length))
                {
                    string name = $"{file}, row {place++}";
                    yield return at >= 0
                        ? new(name, contents[at].ToArray())
                        : throw new DatasetException(name, "has no bytes of a picture", "store the pictures in the file, not their paths");
                }
            }
        }
    }

    /// <summary>The columns that can hold pictures.</summary>
    public static string[] PictureColumns(string file)
    {
        using OpenFile open = new(file);
        return [.. open.File.Schema.DataFields.Where(IsPicture).Select(field => field.Path.FirstPart!)];
    }

    private static bool IsPicture(DataField field) =>
        IsBytes(field) && field.MaxRepetitionLevel == 0 && (field.Path.Length == 1 || field.Name == "bytes");

    private static bool IsBytes(DataField field) => field.ClrType == typeof(byte[]) || field.ClrType == typeof(ReadOnlyMemory<byte>);

    private static Func<int, Cell> Read(string file, ParquetRowGroupReader rows, DataField field, int width)
    {
        if (field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>))
        {
            string?[] texts = new string?[rows.RowCount];
            Done(rows.ReadAsync(field, texts.AsMemory()!));
            return row => Cell.Of(texts[row] ?? "");
        }

        if (field.ClrType == typeof(float)) return Numbers<float>(value => new(null, value));
        if (field.ClrType == typeof(double)) return Numbers<double>(value => new(null, (float)value));
        if (field.ClrType == typeof(bool)) return Numbers<bool>(value => new(null, value ? 1 : 0));
        if (field.ClrType == typeof(sbyte)) return Numbers<sbyte>(value => new(null, value));
        if (field.ClrType == typeof(byte)) return Numbers<byte>(value => new(null, value));
        if (field.ClrType == typeof(short)) return Numbers<short>(value => new(null, value));
        if (field.ClrType == typeof(ushort)) return Numbers<ushort>(value => new(null, value));
        if (field.ClrType == typeof(int)) return Numbers<int>(value => Whole(value));
        if (field.ClrType == typeof(uint)) return Numbers<uint>(value => Whole(value));
        if (field.ClrType == typeof(long)) return Numbers<long>(Whole);
        throw new DatasetException(
            file, $"column '{field.Path.FirstPart}' has values of type {field.ClrType.Name}",
                $"leave it out, as '?drop={field.Path.FirstPart}'");

        // Above 2^24 not every whole number is one in single precision, but labels must stay apart.
        Cell Whole(long value) => new(Math.Abs(value) < 1 << 24 ? null : value.ToString(CultureInfo.InvariantCulture), value);

        Func<int, Cell> Numbers<T>(Func<T, Cell> cell)
            where T : struct
        {
            (T[] values, int[] levels, int[] repeats) = Raw<T>(rows, field);
            if (repeats.Length > 0)
            {
                bool isEven = levels.All(level => level == field.MaxDefinitionLevel)
                    && repeats.Index().All(level => level.Item == 0 == (level.Index % width == 0));
                return isEven && values.Length == rows.RowCount * width
                    ? n => cell(values[n])
                    : throw new DatasetException(
                        file, $"column '{field.Path.FirstPart}' has lists that differ from {width} numbers", "store lists of one length");
            }

            int[] at = Places(field, levels, values.Length);
            return row => at[row] < 0 ? new("", float.NaN) : cell(values[at[row]]);
        }
    }

    // A column's values, those that are there one after another, and its levels where it has them.
    private static (T[] Values, int[] Levels, int[] Repeats) Raw<T>(ParquetRowGroupReader rows, DataField field)
        where T : struct
    {
        long count = rows.GetMetadata(field)!.MetaData!.NumValues;
        T[] values = new T[count];
        int[] levels = new int[field.MaxDefinitionLevel > 0 ? count : 0], repeats = new int[field.MaxRepetitionLevel > 0 ? count : 0];
        Done(rows.ReadRawAsync<T>(
            field, values, levels.Length > 0 ? levels : (Memory<int>?)null, repeats.Length > 0 ? repeats : (Memory<int>?)null));
        return (values, levels, repeats);
    }

    // For each row, which of the values it has; -1 where it has none.
    private static int[] Places(DataField field, int[] levels, int count)
    {
        int next = 0;
        return levels.Length == 0
            ? [.. Enumerable.Range(0, count)]
            : Array.ConvertAll(levels, level => level == field.MaxDefinitionLevel ? next++ : -1);
    }

    private static int ListWidth(ParquetReader reader, DataField field)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(0);
        return (int)Math.Max(1, rows.GetMetadata(field)!.MetaData!.NumValues / Math.Max(1, rows.RowCount));
    }

    private static bool Done(ValueTask task)
    {
        task.AsTask().GetAwaiter().GetResult();
        return true;
    }

    // The reader says in its own words, and by its own errors, what it cannot read.
    private static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (DatasetException or OutOfMemoryException))
        {
            throw new DatasetException(file, $"cannot be read as Parquet ({e.Message})", "replace it with a good copy", e);
        }
    }

    // The library's reader ends asynchronously only, and rows are given out one by one.
    private sealed class OpenFile(string path) : IDisposable
    {
        public ParquetReader File { get; } = Guarded(path, () => ParquetReader.CreateAsync(path).GetAwaiter().GetResult());

        public void Dispose() => File.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
