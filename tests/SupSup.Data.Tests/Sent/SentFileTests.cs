using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;
using SupSup.Data.Sent;

namespace SupSup.Data.Tests.Sent;

/// <summary>Archives and tables that were sent are read as the folders and files that they were made of.</summary>
public sealed class SentFileTests : IDisposable
{
    private const string Table = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n1,1,x\n2,2,y\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("supsup-sent-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(".zip", "")]
    [InlineData(".zip", "people/")]
    [InlineData(".tar", "./people/")]
    [InlineData(".tar.gz", "a/b/")]
    [InlineData(".csv", "")]
    public void Given_data_that_were_packed_when_opened_then_they_are_those_of_the_file(string ending, string above)
    {
        string file = Pack(ending, ($"{above}people.csv", Table), ($"{above}.DS_Store", "x"), ($"__MACOSX/{above}._people.csv", "x"));
        Dataset dataset = Open(file, ending);
        string plain = Path.Combine(_folder.FullName, "plain.csv");
        File.WriteAllText(plain, Table);
        Dataset expected = DatasetFiles.Open($"{plain}?label=kind");
        Assert.Equal(expected.Checksum, dataset.Checksum);
        Assert.Equal(expected.ClassNames, dataset.ClassNames);
        Assert.Equal("upload:m/0?label=kind", dataset.Name);
        Assert.All(dataset.Remarks, remark => Assert.DoesNotContain(_folder.FullName, remark, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(".zip", "../people.csv")]
    [InlineData(".tar", "a/../../people.csv")]
    [InlineData(".tar", "/tmp/supsup-people.csv")]
    public void Given_an_entry_that_would_lie_elsewhere_when_opened_then_it_is_refused_and_nothing_is_written(string ending, string entry)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Open(Pack(ending, (entry, Table)), ending));
        Assert.Contains("outside of its folder", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "people.csv")) || File.Exists("/tmp/supsup-people.csv"));
    }

    [Fact]
    public void Given_an_archive_that_unfolds_to_more_than_is_allowed_when_opened_then_it_is_refused()
    {
        string file = Pack(".zip", ("big.csv", new string('1', 3_000_000)));
        Assert.InRange(new FileInfo(file).Length, 1, 100_000);
        DatasetException e = Assert.Throws<DatasetException>(() => Open(file, ".zip"));
        Assert.Contains("unfolds to more", e.Message, StringComparison.Ordinal);

        // A table that is packed by itself, and one that is packed in an archive.
        string packed = Path.Combine(_folder.FullName, "big.csv.gz");
        using (GZipStream target = new(File.Create(packed), CompressionLevel.Fastest)) target.Write(new byte[3_000_000]);
        e = Assert.Throws<DatasetException>(() => Open(packed, ".csv.gz"));
        Assert.Contains("unfolds to more", e.Message, StringComparison.Ordinal);
        using (ZipArchive zip = ZipFile.Open(Path.Combine(_folder.FullName, "in.zip"), ZipArchiveMode.Create))
            zip.CreateEntryFromFile(packed, "big.csv.gz");
        e = Assert.Throws<DatasetException>(() => Open(Path.Combine(_folder.FullName, "in.zip"), ".zip"));
        Assert.Contains("unfolds to more", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".zip")]
    [InlineData(".tar")]
    [InlineData(".tar.gz")]
    public void Given_what_is_no_archive_when_opened_then_one_line_says_so(string ending)
    {
        string file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, string.Concat(Enumerable.Repeat("no archive at all, ", 100)));
        DatasetException e = Assert.Throws<DatasetException>(() => Open(file, ending));
        Assert.StartsWith("upload:m/0: is no ", e.Message, StringComparison.Ordinal);
        Assert.Throws<DatasetException>(() => Open(Pack(ending), ending));
    }

    [Theory]
    [InlineData("photos.ZIP", null, "x", ".zip")]
    [InlineData("a.tar.gz", "text/csv", "x", ".tar.gz")]
    [InlineData(null, "text/csv", "PK", ".csv")]
    [InlineData(null, "application/octet-stream", "PK\u0003\u0004", ".zip")]
    [InlineData(null, null, "PAR1", ".parquet")]
    [InlineData(null, null, "a,b\n1,2", ".csv")]
    public void Given_a_name_a_type_or_first_bytes_when_the_ending_is_asked_for_then_it_is_known(
        string? name, string? type, string head, string ending) =>
        Assert.Equal(ending, SentFile.EndingOf(name, type, Encoding.ASCII.GetBytes(head)));

    [Fact]
    public void Given_the_name_of_another_format_when_sent_then_one_line_says_what_can_be()
    {
        DatasetException e = Assert.Throws<DatasetException>(() => SentFile.EndingOf("notes.docx", null, []));
        Assert.Contains(".zip", e.Message, StringComparison.Ordinal);
    }

    private Dataset Open(string file, string ending) => SentFile.Open(
        file, ending, path => DatasetAddress.Parse($"{path}?label=kind"), "upload:m/0", _folder.CreateSubdirectory("data").FullName,
        1_000_000);

    private string Pack(string ending, params (string Name, string Text)[] entries)
    {
        string path = Path.Combine(_folder.FullName, $"sent{ending}");
        using FileStream file = File.Create(path);
        if (ending == ".zip")
        {
            using ZipArchive zip = new(file, ZipArchiveMode.Create);
            foreach ((string name, string text) in entries)
            {
                using StreamWriter writer = new(zip.CreateEntry(name).Open());
                writer.Write(text);
            }
        }
        else if (ending == ".csv")
        {
            file.Write(Encoding.UTF8.GetBytes(entries[0].Text));
        }
        else
        {
            using Stream target = ending == ".tar" ? file : new GZipStream(file, CompressionLevel.Fastest);
            using TarWriter tar = new(target);
            foreach ((string name, string text) in entries)
            {
                using MemoryStream content = new(Encoding.UTF8.GetBytes(text));
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content });
            }
        }

        return path;
    }
}
