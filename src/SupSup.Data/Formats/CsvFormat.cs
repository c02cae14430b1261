using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>A CSV or TSV file, or a folder with one for training and one for test.</summary>
internal sealed class CsvFormat : IDatasetFormat
{
    public string Description => "a CSV or TSV file, or a folder with train.csv and test.csv";

    public IReadOnlyList<string> Options => [.. TableReader.Options, "header"];

    public bool Reads(string path) =>
        File.Exists(path) ? CsvTable.IsTable(path) : Directory.EnumerateFiles(path).Any(CsvTable.IsTable);

    public LoadedData Read(DatasetAddress address)
    {
        bool hasHeader = address.Choice("header", "yes", "no") == "yes";
        string[] files = File.Exists(address.Path)
            ? [address.Path]
            : [.. Directory.EnumerateFiles(address.Path).Where(CsvTable.IsTable).Order(StringComparer.Ordinal)];
        (string[] train, string[] test, _) = Halves.Of(files, file => Halves.Words(Path.GetFileName(file)));
        if (files.Length == 1) (train, test) = (files, []);
        if (train.Length != 1 || test.Length > 1)
            throw new DatasetException(
                address.Path, $"has {train.Length} tables for training and {test.Length} for test",
                "have one of each, as train.csv and test.csv, or name one file");
        return new TableReader(address, new CsvTable(train[0], hasHeader), _ => null).Read(
            test.Length == 0 ? null : new CsvTable(test[0], hasHeader));
    }
}
