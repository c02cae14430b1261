using Parquet;
using Parquet.Schema;
using SkiaSharp;
using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Data.Tests.Formats;

public sealed class ParquetFormatTests : IDisposable
{
    private const string Names =
        """{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog", "eel"], "_type": "ClassLabel"}}}}""";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Given_pictures_as_hugging_face_stores_them_when_opened_then_images_labels_and_names_are_theirs()
    {
        await WriteImagesAsync("data/train-00000-of-00002.parquet", Names, (Picture(1), 0L), (Picture(2), 2L));
        await WriteImagesAsync("data/train-00001-of-00002.parquet", Names, (Picture(3), 1L));
        await WriteImagesAsync("data/test-00000-of-00001.parquet", Names, (Picture(4), 1L));

        Dataset data = DatasetFiles.Open(_folder.Path);

        Assert.Equal(new ExampleShape.Pixels(3, 1, 2), data.Shape);
        Assert.Equal([1, 1, 2, 2, 3, 3, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4, 5, 5], data.Train.Pixels);
        Assert.Equal([0, 2, 1], data.Train.Labels);
        Assert.Equal([4, 4, 5, 5, 6, 6], data.Test.Pixels);
        Assert.Equal(["cat", "dog", "eel"], data.ClassNames!);
    }

    [Theory]
    [InlineData("fine", "apple", "bear", "clock", "dolphin")]
    [InlineData("coarse", "food", "large animals")]
    public async Task Given_cifar_100_as_parquet_and_in_binary_when_both_are_opened_then_they_are_the_same_data(
        string label, params string[] names)
    {
        (byte Coarse, byte Fine)[] train = [(0, 0), (1, 3), (1, 1), (0, 2), (0, 0)], test = [(1, 3), (0, 0), (1, 1)];
        Directory.CreateDirectory(_folder["binary"]);
        File.WriteAllText(_folder["binary/fine_label_names.txt"], "apple\nbear\nclock\ndolphin\n");
        File.WriteAllText(_folder["binary/coarse_label_names.txt"], "food\nlarge animals\n");
        await WriteCifarAsync("train", train, 1);
        await WriteCifarAsync("test", test, 2);

        Dataset binary = DatasetFiles.Open($"{_folder["binary"]}?label={label}");
        Dataset parquet = DatasetFiles.Open($"{_folder["parquet"]}?label={label}_label");

        Assert.Equal(names, parquet.ClassNames!);
        Assert.Equal(binary.ClassNames!, parquet.ClassNames!);
        Assert.Equal(binary.Train.Pixels, parquet.Train.Pixels);
        Assert.Equal(binary.Test.Labels, parquet.Test.Labels);
        Assert.Equal(binary.Checksum, parquet.Checksum);
    }

    [Theory]
    [InlineData(false, 3L, "row 0, column 'label' has '3', which is none of the classes of the training half")]
    [InlineData(true, 0L, "has no bytes of a picture")]
    public async Task Given_rows_without_a_picture_or_of_no_class_when_opened_then_the_row_is_named(
        bool isEmpty, long label, string problem)
    {
        await WriteImagesAsync("train.parquet", Names, (isEmpty ? null : Picture(1), label));

        Assert.Equal(problem, Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder["train.parquet"])).Problem);
    }

    [Fact]
    public async Task Given_a_table_of_numbers_texts_and_lists_when_opened_then_they_are_rows_of_numbers()
    {
        DataField<int?> age = new("age");
        DataField job = new("job", typeof(string));
        ListField embedding = new("embedding", new DataField<float>("element"));
        DataField target = new("target", typeof(string));
        ParquetSchema schema = new(age, job, embedding, target);
        await using (FileStream file = File.Create(_folder["people.parquet"]))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file, cancellationToken: Stop);
            for (int group = 0; group < 2; group++)
            {
                using ParquetRowGroupWriter rows = writer.CreateRowGroup();
                DataField[] fields = schema.DataFields;
                await rows.WriteAsync<int>(
                    fields[0], new int?[] { 30 + group, group == 0 ? 40 : null }.AsMemory(), cancellationToken: Stop);
                await rows.WriteAsync(fields[1], new[] { "clerk", "smith" });
                int[] levels = [.. Enumerable.Repeat(fields[2].MaxDefinitionLevel, 4)];
                await rows.WriteAllPartsAsync<float>(
                    fields[2], new[] { 0.5f, 1, 1.5f, 2 }.AsMemory(), levels.AsMemory(), new[] { 0, 1, 0, 1 }.AsMemory(),
                    cancellationToken: Stop);
                await rows.WriteAsync(fields[3], new[] { "a", "b" });
                rows.CompleteValidate();
            }
        }

        Dataset data = DatasetFiles.Open($"{_folder["people.parquet"]}?missing=mean&split=0.5");

        Assert.Equal(["age", "job=clerk", "job=smith", "embedding[0]", "embedding[1]"], data.FeatureNames!);
        Assert.Equal(["a", "b"], data.ClassNames!);
        float[][] expected = [[30, 1, 0, 0.5f, 1], [101 / 3f, 0, 1, 1.5f, 2], [31, 1, 0, 0.5f, 1], [40, 0, 1, 1.5f, 2]];
        Assert.Equal(
            expected.OrderBy(row => row[0]),
            data.Train.Values.Chunk(5).Concat(data.Test.Values.Chunk(5)).OrderBy(row => row[0]));
    }

    [Fact]
    public void Given_a_file_that_is_no_parquet_when_opened_then_one_line_names_it()
    {
        File.WriteAllText(_folder["x.parquet"], "PAR1 and no more");

        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(_folder["x.parquet"]));

        Assert.Equal(_folder["x.parquet"], error.Subject);
        Assert.StartsWith("cannot be read as Parquet (", error.Problem, StringComparison.Ordinal);
    }

    // A half in both forms: records of two labels and three planes, and rows as Hugging Face has them, the pictures as PNG.
    private async Task WriteCifarAsync(string half, (byte Coarse, byte Fine)[] labels, int seed)
    {
        byte[][] planes =
            [.. labels.Select((_, n) => Enumerable.Range(0, 3072).Select(p => (byte)(p * 7 + p / 96 + 41 * n + seed)).ToArray())];
        File.WriteAllBytes(_folder[$"binary/{half}.bin"], [.. labels.SelectMany(
            (label, n) => new[] { label.Coarse, label.Fine }.Concat(planes[n]))]);
        byte[][] pictures = [.. planes.Select(image => Pictures.Encode(
            32, 32, p => new SKColor(image[p], image[1024 + p], image[2048 + p]), SKEncodedImageFormat.Png))];
        const string Names = """
            {"info": {"features": {"img": {"_type": "Image"},
             "fine_label": {"names": ["apple", "bear", "clock", "dolphin"], "_type": "ClassLabel"},
             "coarse_label": {"names": ["food", "large animals"], "_type": "ClassLabel"}}}}
            """;
        ParquetSchema schema = new(
            new StructField("img", new DataField("bytes", typeof(byte[])), new DataField("path", typeof(string))),
            new DataField<long>("fine_label"), new DataField<long>("coarse_label"));
        Directory.CreateDirectory(_folder["parquet/cifar100"]);
        await using FileStream file = File.Create(_folder[$"parquet/cifar100/{half}-00000-of-00001.parquet"]);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file, cancellationToken: Stop);
        writer.CustomMetadata = new Dictionary<string, string> { ["huggingface"] = Names };
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        DataField[] fields = schema.DataFields;
        await group.WriteAsync(fields[0], pictures);
        await group.WriteAsync(fields[1], labels.Select(_ => (string?)null).ToArray()!);
        await group.WriteAsync<long>(fields[2], labels.Select(label => (long)label.Fine).ToArray().AsMemory(), cancellationToken: Stop);
        await group.WriteAsync<long>(fields[3], labels.Select(label => (long)label.Coarse).ToArray().AsMemory(), cancellationToken: Stop);
        group.CompleteValidate();
    }

    private static byte[] Picture(byte level) =>
        Pictures.Encode(1, 2, _ => new SKColor(level, (byte)(level + 1), (byte)(level + 2)), SKEncodedImageFormat.Png);

    private async Task WriteImagesAsync(string name, string metadata, params (byte[]? Image, long Label)[] rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        ParquetSchema schema = new(
            new StructField("image", new DataField("bytes", typeof(byte[])), new DataField("path", typeof(string))),
            new DataField<long>("label"));
        await using FileStream file = File.Create(_folder[name]);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file, cancellationToken: Stop);
        writer.CustomMetadata = new Dictionary<string, string> { ["huggingface"] = metadata };
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        DataField[] fields = schema.DataFields;
        await group.WriteAsync(fields[0], rows.Select(row => row.Image!).ToArray());
        await group.WriteAsync(fields[1], rows.Select(_ => "a.png").ToArray());
        await group.WriteAsync<long>(fields[2], rows.Select(row => row.Label).ToArray().AsMemory(), cancellationToken: Stop);
        group.CompleteValidate();
    }
}
