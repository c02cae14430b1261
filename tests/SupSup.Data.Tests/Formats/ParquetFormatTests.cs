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
