using System.Text.Json;
using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>
/// Parquet files as Hugging Face stores datasets: pictures as bytes or a structure of bytes and path with a label, or a table of numbers
/// and texts. Files are of a half by a word in their path; what the classes are called is in the metadata.
/// </summary>
internal sealed class ParquetFormat : IDatasetFormat
{
    public string Description => "a Parquet file, or a folder of them with train and test in their names";

    public IReadOnlyList<string> Options => [.. TableReader.Options, .. PictureRule.Options, "image"];

    public bool Reads(string path) => File.Exists(path) ? IsParquet(path) : Files(path).Any();

    public LoadedData Read(DatasetAddress address)
    {
        string[] files = File.Exists(address.Path) ? [address.Path] : [.. Files(address.Path).Order(StringComparer.Ordinal)];
        (string[] train, string[] test, _) = Halves.Of(files, file => Halves.Words(Path.GetRelativePath(address.Path, file)));
        if (train.Length == 0) throw new DatasetException(
            address.Path, "has no training file", "call it train.parquet, or as train-00000-of-00001.parquet");
        string[] images = ParquetTable.PictureColumns(train[0]);
        string? image = address.Text("image") ?? (images.Length == 1 ? images[0] : null);
        if (image is null && images.Length > 1 || image is not null && !images.Contains(image))
            throw new DatasetOptionException(
                train[0], $"has pictures in {(images.Length == 0 ? "no column" : string.Join(", ", images))}",
                "name the column of pictures by the option image");

        // Of pictures only the labels are read as a table: every column that is neither bytes nor the path beside them.
        Predicate<string>? columns = image is null ? null : column => column != image && !images.Contains(column);
        ParquetTable table = new(Source(train), train, columns);
        ParquetTable? testTable = test.Length == 0 ? null : new(Source(test), test, columns);
        if (image is null)
        {
            TableReader reader = new(address, table, label => ClassNames(table, label));
            return reader.Read(testTable);
        }

        TableLabels labels = new(address, table, label => ClassNames(table, label));
        PictureRule rule = new(address, ParquetTable.Pictures([.. train, .. test], image));
        ExampleSet set = rule.Read(ParquetTable.Pictures(train, image), labels.Read(table));
        return new(set, testTable is null ? null : rule.Read(ParquetTable.Pictures(test, image), labels.Read(testTable)))
        {
            TrainSource = train[0],
            TrainLabels = labels.Source(table),
            TestLabels = testTable is null ? "" : labels.Source(testTable),
            ClassNames = labels.Names,
        };
    }

    private static string Source(string[] files) => files.Length == 1 ? files[0] : $"{files[0]} and {files.Length - 1} more";

    // {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}} under the key huggingface.
    private static string[]? ClassNames(ParquetTable table, string label)
    {
        if (!table.Metadata.TryGetValue("huggingface", out string? json)) return null;
        try
        {
            using JsonDocument info = JsonDocument.Parse(json);
            return info.RootElement.TryGetProperty("info", out JsonElement told)
                && told.TryGetProperty("features", out JsonElement features)
                && features.TryGetProperty(label, out JsonElement feature) && feature.TryGetProperty("names", out JsonElement names)
                && names.ValueKind == JsonValueKind.Array
                ? [.. names.EnumerateArray().Select(name => name.ToString())]
                : null;
        }
        catch (JsonException e)
        {
            throw new DatasetException(table.Source, $"its metadata 'huggingface' is no JSON ({e.Message})", "write the file anew", e);
        }
    }

    private static bool IsParquet(string path) => Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Files(string path) =>
        Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsParquet);
}
