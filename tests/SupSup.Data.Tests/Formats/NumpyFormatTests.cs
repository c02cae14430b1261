using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;

namespace SupSup.Data.Tests.Formats;

public sealed class NumpyFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x_train", "y_train", "x_test", "y_test", CompressionLevel.NoCompression)]
    [InlineData("train_images", "train_labels", "test_images", "test_labels", CompressionLevel.Optimal)]
    public void Given_an_archive_of_bytes_with_rows_and_columns_when_opened_then_they_are_images(
        string x, string y, string testX, string testY, CompressionLevel level)
    {
        Zip(
            level, (x, Npy<byte>("|u1", "(2, 1, 3)", false, [1, 2, 3, 4, 5, 6])), (y, Npy("<i8", "(2,)", false, [1L, 0L])),
            (testX, Npy<byte>("|u1", "(1, 1, 3)", false, [7, 8, 9])), (testY, Npy<byte>("|u1", "(1, 1)", false, [1])));

        Dataset data = DatasetFiles.Open(_folder["data.npz"]);

        Assert.Equal(new ExampleShape.Pixels(1, 1, 3), data.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], data.Train.Pixels);
        Assert.Equal([1, 0], data.Train.Labels);
        Assert.Equal([7, 8, 9], data.Test.Pixels);
        Assert.Equal([1], data.Test.Labels);
    }

    [Theory]
    [InlineData("(2, 1, 2, 3)", new byte[] { 1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12 })]
    [InlineData("(2, 3, 1, 2)", new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })]
    public void Given_colours_last_or_first_when_opened_then_they_are_planes(string shape, byte[] pixels)
    {
        Write("x", Npy<byte>("|u1", shape, false, [.. Enumerable.Range(1, 12).Select(n => (byte)n)]));
        Write("y", Npy("<i4", "(2,)", false, [0, 0]));

        Dataset data = DatasetFiles.Open($"{_folder.Path}?split=0.5");

        Assert.Equal(new ExampleShape.Pixels(3, 1, 2), data.Shape);
        Assert.Equal(pixels.Chunk(6).OrderBy(image => image[0]), new[] { data.Train.Pixels, data.Test.Pixels }.OrderBy(image => image[0]));
    }

    [Theory]
    [InlineData("<f4")]
    [InlineData("<f8")]
    [InlineData("<i2")]
    public void Given_files_of_real_or_whole_numbers_when_opened_then_they_are_rows_of_numbers(string type)
    {
        byte[] content = type switch
        {
            "<f4" => Npy(type, "(2, 3)", false, [1f, 2f, 3f, 4f, 5f, 6f]),
            "<f8" => Npy(type, "(2, 3)", true, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]), // column after column
            _ => Npy(type, "(2, 3)", false, [(short)1, (short)2, (short)3, (short)4, (short)5, (short)6]),
        };
        foreach (string half in new[] { "train", "test" })
        {
            Write($"x_{half}", content);
            Write($"y_{half}", Npy("<i8", "(2,)", false, [0L, 1L]));
        }

        Dataset data = DatasetFiles.Open(_folder.Path);

        Assert.Equal(new ExampleShape.Vector(3), data.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], data.Train.Values);
    }

    [Fact]
    public void Given_other_names_when_they_are_told_then_those_arrays_are_taken()
    {
        Write("features", Npy("<f4", "(4, 1)", false, [1f, 2f, 3f, 4f]));
        Write("colour", Npy("<i8", "(4,)", false, [0L, 0L, 1L, 1L]));
        Write("size", Npy("<i8", "(4,)", false, [0L, 1L, 2L, 3L]));

        Assert.Equal(2, DatasetFiles.Open($"{_folder.Path}?label=colour").Classes);
        Refused($"{_folder.Path}", "has 0 arrays that could be the label array");
        Refused($"{_folder.Path}?label=wage", "has no array 'wage'");
    }

    [Fact]
    public void Given_labels_of_letters_numbered_from_1_when_renumbered_then_there_is_no_gap_and_else_a_remark_says_so()
    {
        Write("x", Npy<byte>("|u1", "(4, 1, 2)", false, [1, 2, 3, 4, 5, 6, 7, 8]));
        Write("y", Npy("<i8", "(4,)", false, [1L, 1L, 3L, 3L]));

        Dataset gaps = DatasetFiles.Open(_folder.Path);
        Dataset renumbered = DatasetFiles.Open($"{_folder.Path}?renumber");

        Assert.Equal((4, 2), (gaps.Classes, renumbered.Classes));
        Assert.Contains(gaps.Remarks, remark =>
            remark.Contains("no training example has class 0, 2, of 4 classes", StringComparison.Ordinal));
        Assert.Equal(["1", "3"], renumbered.ClassNames!);
        Assert.Single(renumbered.Remarks);
    }

    [Theory]
    [InlineData("(3, 2)", "(2,)", "is [3, 2], which is no row for each of 2 labels")]
    [InlineData("(2,)", "(2,)", "is [2], which is no row for each of 2 labels")]
    [InlineData("(2, 2)", "(1, 2)", "is [1, 2], not one label for each example")]
    [InlineData("(2, 0)", "(2,)", "is [2, 0], which holds nothing")]
    [InlineData("(2, 2, 2, 2)", "(2,)", "is [2, 2, 2, 2], with neither 1 nor 3 channels")]
    public void Given_shapes_that_do_not_fit_when_opened_then_one_line_names_the_array(string x, string y, string problem)
    {
        int Size(string shape) =>
            shape.Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(1, (n, side) => n * int.Parse(side));
        Write("x", Npy<byte>("|u1", x, false, new byte[Size(x)]));
        Write("y", Npy<byte>("|u1", y, false, new byte[Size(y)]));

        Refused(_folder.Path, problem);
    }

    [Fact]
    public void Given_arrays_that_cannot_be_read_when_opened_then_one_line_names_the_array()
    {
        Write("y", Npy("<i8", "(1,)", false, [0L]));
        Write("x", Npy("<f4", "(1, 1)", false, [float.NaN]));
        Refused(_folder.Path, "example 0 has a number that is not finite");
        Write("x", Npy("<f4", "(9, 9)", false, [1f]));
        Refused(_folder.Path, "cannot be read");
        Write("x", Npy<byte>("|O", "(1,)", false, [1, 2, 3]));
        Refused(_folder.Path, "cannot be read");
        Write("x", [1, 2, 3]);
        Refused(_folder.Path, "cannot be read");
        Write("x", Npy("<f4", "(1, 1)", false, [1f]));
        Write("y", Npy("<f4", "(1,)", false, [0.5f]));
        Refused(_folder.Path, "label 0 is 0.5, no whole number");
        File.WriteAllBytes(_folder["bad.npz"], [1, 2, 3]);
        Refused(_folder["bad.npz"], "cannot be read");
    }

    private void Refused(string address, string problem)
    {
        var error = Assert.ThrowsAny<DatasetException>(() => DatasetFiles.Open(address));
        Assert.StartsWith(address.Split('?')[0], error.Subject, StringComparison.Ordinal);
        Assert.StartsWith(problem, error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private void Write(string name, byte[] content) => File.WriteAllBytes(_folder[$"{name}.npy"], content);

    private void Zip(CompressionLevel level, params (string Name, byte[] Content)[] arrays)
    {
        using ZipArchive zip = new(File.Create(_folder["data.npz"]), ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in arrays)
        {
            using Stream entry = zip.CreateEntry($"{name}.npy", level).Open();
            entry.Write(content);
        }
    }

    // Version 1.0 of the format, written by its description.
    private static byte[] Npy<T>(string type, string shape, bool isFortran, T[] values)
        where T : struct
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {(isFortran ? "True" : "False")}, 'shape': {shape}, }}";
        header = header.PadRight((header.Length + 11 + 63) / 64 * 64 - 11) + "\n";
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        return [0x93, .. "NUMPY"u8, 1, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. MemoryMarshal.AsBytes(values.AsSpan())];
    }
}
