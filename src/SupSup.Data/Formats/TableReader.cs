using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// Makes examples of the rows of tables. A column of numbers is one number of a row; a column of texts is one number for each text that
/// the training half has, 1 for the text that is there and else 0.
/// </summary>
internal sealed class TableReader
{
    /// <summary>The options that it reads.</summary>
    public static readonly string[] Options = ["drop", "label", "missing", "pixels", "text"];

    private const int MostTexts = 1000;

    // More, of which most rows have one of their own, are names or keys rather than kinds.
    private const int FewTexts = 20;

    private readonly DatasetAddress _address;
    private readonly Table _train;
    private readonly TableLabels _labels;
    private readonly bool _fills;
    private readonly Input[] _inputs;
    private readonly string[] _names;
    private readonly string[] _remarks;

    /// <summary>Learns the columns from the training half.</summary>
    /// <param name="address">The options.</param>
    /// <param name="train">The training half.</param>
    /// <param name="classNames">The names of classes, of a label column that has their numbers; else null.</param>
    /// <exception cref="DatasetException">A column is not there, or has values that cannot be inputs or labels.</exception>
    public TableReader(DatasetAddress address, Table train, Func<string, IReadOnlyList<string>?> classNames)
    {
        (_address, _train) = (address, train);
        _fills = address.Choice("missing", "refuse", "mean") == "mean";
        string[] drop = address.List("drop"), text = address.List("text");
        foreach (string name in drop.Concat(text)) _ = train.At(name);
        Column[] columns = [.. train.Columns.Select((name, at) => new Column(name, at))];
        _labels = new(address, train, classNames, (place, cells) =>
        {
            foreach (Column column in columns) column.See(place, cells[column.At]);
        });
        _inputs = [.. columns.Where(column => column.Name != _labels.Column && !drop.Contains(column.Name))
            .Select(column => ToInput(column, text.Contains(column.Name)))];
        _remarks =
        [
            .. _inputs.Where(input => input.Values is { Count: > FewTexts } values && values.Count > _labels.Count / 2)
                .Select(input => $"{train.Source}: column '{input.Name}' has {input.Values!.Count} different texts in {_labels.Count} "
                    + $"rows, each becomes an input; leave it out by '?drop={input.Name}'"),
        ];
        _names = [.. _inputs.SelectMany(
            input => input.Values is null ? [input.Name] : input.Values.Keys.Select(value => $"{input.Name}={value}"))];
        if (_names.Length == 0) throw new DatasetException(train.Source, "has no column beside the label", "put the inputs there");
    }

    /// <summary>Reads both halves.</summary>
    /// <param name="test">The test half, if there is one.</param>
    public LoadedData Read(Table? test) => new(Read(_train, _labels.Count), test is null ? null : Read(test, test.Rows().Count()))
    {
        TrainSource = _train.Source,
        TrainLabels = _labels.Source(_train),
        TestLabels = test is null ? "" : _labels.Source(test),
        ClassNames = _labels.Names,
        FeatureNames = _address.Text("pixels") is null ? _names : null,
        Remarks = _remarks,
    };

    private ExampleSet Read(Table table, int count)
    {
        if (count == 0) throw table.NoRows();
        if ((long)count * _names.Length > Array.MaxLength)
            throw new DatasetException(
                table.Source, $"has {count} rows of {_names.Length} numbers, more than an array can hold", "leave out rows or columns");
        int labelAt = table.At(_labels.Column);
        int[] at = [.. _inputs.Select(input => table.At(input.Name))];
        float[] values = new float[count * _names.Length];
        int[] labels = new int[count];
        int row = 0;
        foreach ((long place, Cell[] cells) in table.Rows())
        {
            labels[row] = _labels.Of(table, place, cells[labelAt]);
            Span<float> target = values.AsSpan(row++ * _names.Length, _names.Length);
            for (int n = 0; n < at.Length; n++)
            {
                (Input input, Cell cell) = (_inputs[n], cells[at[n]]);
                if (input.Values is null) target[0] = float.IsFinite(cell.Number) ? cell.Number : input.Fill
                    ?? throw NoNumber(table, place, input.Name, cell);
                else if (input.Values.TryGetValue(cell.ToString(), out int chosen)) target[chosen] = 1;
                target = target[(input.Values?.Count ?? 1)..];
            }
        }

        return NumberImages.Shape(_address, table.Source, values, _names.Length, labels);
    }

    private Input ToInput(Column column, bool isText)
    {
        bool isNumber = !isText && column.Numbers >= column.Others;
        if (isNumber && column.Others > 0 && !_fills) throw NoNumber(_train, column.FirstOther.Place, column.Name, column.FirstOther.Cell);
        if (isNumber) return new(column.Name, null, _fills ? (float)(column.Sum / column.Numbers) : null);
        return column.Texts.Count <= MostTexts
            ? new(column.Name, Halves.Sorted(column.Texts).Select((text, n) => (text, n))
                .ToDictionary(pair => pair.text, pair => pair.n), null)
            : throw new DatasetOptionException(
                _train.Source, $"column '{column.Name}' has more than {MostTexts} different texts",
                $"leave it out by an option, as '?drop={column.Name}'");
    }

    private static DatasetException NoNumber(Table table, long place, string column, Cell cell) => table.Wrong(
        place, column, cell.ToString(), "where numbers are expected",
        $"mend it, or add an option: '?missing=mean' takes the mean, '?text={column}' takes the column as texts, "
            + $"'?drop={column}' leaves it out");

    /// <summary>A column as inputs: one for each text, or one; <paramref name="Fill"/> stands for what is no number.</summary>
    private sealed record Input(string Name, Dictionary<string, int>? Values, float? Fill);

    /// <summary>What a column has.</summary>
    private sealed class Column(string name, int at)
    {
        public string Name => name;

        public int At => at;

        public long Numbers { get; private set; }

        public long Others { get; private set; }

        public double Sum { get; private set; }

        public (long Place, Cell Cell) FirstOther { get; private set; }

        /// <summary>Its texts, of which there is one more than can be taken at most.</summary>
        public HashSet<string> Texts { get; } = new(StringComparer.Ordinal);

        public void See(long place, Cell cell)
        {
            bool isNumber = float.IsFinite(cell.Number);
            if (isNumber) (Numbers, Sum) = (Numbers + 1, Sum + cell.Number);
            else if (Others++ == 0) FirstOther = (place, cell);
            if (Texts.Count <= MostTexts && (cell.Text is not null || !isNumber)) Texts.Add(cell.ToString());
        }
    }
}
