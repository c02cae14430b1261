using CsCheck;
using SupSup.Core.Datasets;
using SupSup.Core.Tests.Datasets;
using SupSup.Data.Formats;

namespace SupSup.Data.Tests.Formats;

public sealed class IdxFileTests
{
    private static readonly byte[] Images =
        [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private static readonly byte[] Labels = [0, 0, 8, 1, 0, 0, 0, 4, 9, 8, 7, 6];

    public static TheoryData<string, byte[], string> DamagedImages => new()
    {
        { "empty", [], "is truncated: it ends inside its header" },
        { "header", Images[..9], "is truncated: it ends inside its header" },
        { "data", Images[..^1], "is truncated: its header promises 2 x 2 x 3 elements, but fewer than 12 bytes follow" },
        { "trailing", [.. Images, 0], "has trailing bytes after its 2 x 2 x 3 elements" },
        { "magic", [1, .. Images[1..]], "is not an IDX file: its magic number is 0x01000803, not 0x00000803" },
        { "element", [0, 0, 13, 3, .. Images[4..]], "holds elements of type 0x0d, where only bytes (0x08) are read" },
        { "dimensions", [0, 0, 8, 2, .. Images[4..]], "has 2 dimensions, not 3" },
        { "swapped", Labels, "holds labels (magic 0x00000801) where images are expected, perhaps swapped" },
        { "zero", [.. Images[..8], 0, 0, 0, 0, .. Images[12..]], "its dimension 1 is 0, not 1 to 2147483647" },
        {
            "negative", [.. Images[..12], 255, 255, 255, 255, .. Images[16..]],
            "its dimension 2 is 4294967295, not 1 to 2147483647"
        },
        {
            "overflow", [0, 0, 8, 3, 127, 255, 255, 255, 127, 255, 255, 255, 127, 255, 255, 255, .. Images[16..]],
            "its dimensions 2147483647 x 2147483647 x 2147483647 are more than an array can hold"
        },
        {
            "promise", [0, 0, 8, 3, 0, 0, 127, 255, 0, 0, 127, 255, 0, 0, 0, 1, .. Images[16..]],
            "is truncated: its header promises 32767 x 32767 x 1 elements, but fewer than 1073676289 bytes follow"
        },
    };

    [Fact]
    public void Given_any_images_when_written_then_read_back_the_same_plain_and_gzipped()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 9], Gen.Int[1, 9])
            .SelectMany(s => Gen.Byte.Array[s.Item1 * s.Item2 * s.Item3].Select(pixels => (s, pixels)))
            .Sample(
                sample =>
                {
                    ((int count, int rows, int columns), byte[] pixels) = sample;
                    IdxFile.WriteImages(folder["images"], rows, columns, pixels);
                    File.WriteAllBytes(folder["packed"], SmallData.Gzip(File.ReadAllBytes(folder["images"])));

                    foreach (
                        (ExampleShape.Pixels shape, byte[] read) in new[] { "images", "packed" }.Select(n => IdxFile.ReadImages(folder[n])))
                    {
                        Assert.Equal(new ExampleShape.Pixels(1, rows, columns), shape);
                        Assert.Equal(pixels, read);
                    }
                },
                iter: 100, threads: 1);
    }

    [Fact]
    public void Given_any_labels_when_written_then_read_back_the_same_plain_and_gzipped()
    {
        using var folder = new TemporaryFolder();
        Gen.Byte.Array[1, 100].Sample(
            labels =>
            {
                IdxFile.WriteLabels(folder["labels"], labels);
                File.WriteAllBytes(folder["packed"], SmallData.Gzip(File.ReadAllBytes(folder["labels"])));

                Assert.Equal(labels.Select(label => (int)label), IdxFile.ReadLabels(folder["labels"]));
                Assert.Equal(labels.Select(label => (int)label), IdxFile.ReadLabels(folder["packed"]));
            },
            iter: 100, threads: 1);
    }

    [Fact]
    public void Given_the_published_layout_when_written_then_the_bytes_are_those()
    {
        using var folder = new TemporaryFolder();

        IdxFile.WriteImages(folder["images"], 2, 3, Images.AsSpan(16));
        IdxFile.WriteLabels(folder["labels"], Labels.AsSpan(8));

        Assert.Equal(Images, File.ReadAllBytes(folder["images"]));
        Assert.Equal(Labels, File.ReadAllBytes(folder["labels"]));
    }

    [Theory]
    [MemberData(nameof(DamagedImages))]
    public void Given_a_damaged_file_when_read_then_one_line_names_the_file_and_the_damage(
        string damage, byte[] content, string problem)
    {
        using var folder = new TemporaryFolder();
        string path = folder[damage];
        File.WriteAllBytes(path, content);

        var error = Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadImages(path));

        Assert.Equal($"{path}: {problem}; replace it with a good copy of an IDX file", error.Message);
    }

    [Theory]
    [MemberData(nameof(DamagedImages))]
    public void Given_a_damaged_file_inside_gzip_when_read_then_the_damage_is_named_all_the_same(
        string damage, byte[] content, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder[damage], SmallData.Gzip(content));

        var error = Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadImages(folder[damage]));

        Assert.Equal(problem, error.Problem);
    }

    [Fact]
    public void Given_a_file_of_images_when_read_as_labels_then_the_swap_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["images"], Images);

        var error = Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadLabels(folder["images"]));

        Assert.Equal(
            "holds images (magic 0x00000803) where labels are expected, perhaps swapped", error.Problem);
    }

    [Fact]
    public void Given_gzip_damaged_at_any_byte_when_read_then_it_never_passes_as_other_images()
    {
        using var folder = new TemporaryFolder();
        byte[] packed = SmallData.Gzip(Images);

        for (int at = 2; at < packed.Length; at++)
        {
            byte[] damaged = [.. packed];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(folder["damaged"], damaged);

            // Some bytes of the gzip header (time, system) carry no content, and their change does no harm.
            try
            {
                Assert.Equal(Images[16..], IdxFile.ReadImages(folder["damaged"]).Pixels);
                Assert.InRange(at, 3, 9);
            }
            catch (DatasetException e)
            {
                Assert.StartsWith(folder["damaged"], e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    [Fact]
    public void Given_gzip_of_several_members_when_read_then_it_is_the_same_and_no_damage_passes_as_other_images()
    {
        using var folder = new TemporaryFolder();
        byte[] packed =
            [.. SmallData.Gzip(Images[..7]), .. SmallData.Gzip(Images[7..21]), .. SmallData.Gzip(Images[21..]), .. SmallData.Gzip([])];
        File.WriteAllBytes(folder["members"], packed);
        Assert.Equal(Images[16..], IdxFile.ReadImages(folder["members"]).Pixels);
        for (int at = 2; at < packed.Length; at++)
        {
            byte[] damaged = [.. packed];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(folder["damaged"], damaged);
            try
            {
                Assert.Equal(Images[16..], IdxFile.ReadImages(folder["damaged"]).Pixels);
            }
            catch (DatasetException e)
            {
                Assert.StartsWith(folder["damaged"], e.Message, StringComparison.Ordinal);
            }

            File.WriteAllBytes(folder["cut"], packed[..at]);
            try
            {
                Assert.Equal(Images[16..], IdxFile.ReadImages(folder["cut"]).Pixels);
            }
            catch (DatasetException e)
            {
                Assert.StartsWith(folder["cut"], e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 9, 1, 0, 0, 0, 2, 3, 255 }, new[] { 3, -1 })]
    [InlineData(new byte[] { 0, 0, 11, 1, 0, 0, 0, 2, 1, 2, 255, 254 }, new[] { 258, -2 })]
    [InlineData(new byte[] { 0, 0, 12, 1, 0, 0, 0, 1, 0, 1, 0, 2 }, new[] { 65538 })]
    public void Given_labels_of_another_width_when_read_then_they_are_those_numbers(byte[] content, int[] labels)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["labels"], content);

        Assert.Equal(labels, IdxFile.ReadLabels(folder["labels"]));
    }

    [Fact]
    public void Given_gzip_cut_off_at_any_byte_when_read_then_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] packed = SmallData.Gzip(Images);

        for (int length = 0; length < packed.Length; length++)
        {
            File.WriteAllBytes(folder["cut"], packed[..length]);
            Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadImages(folder["cut"]));
        }
    }

    [Fact]
    public void Given_bytes_after_the_gzip_stream_when_read_then_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["tail"], [.. SmallData.Gzip(Images), 1, 2, 3]);

        Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadImages(folder["tail"]));
    }

    [Fact]
    public void Given_no_file_when_read_then_that_is_said()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(
            $"{folder["none"]}: there is no such file; check the path",
            Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadLabels(folder["none"])).Message);
        Assert.StartsWith(
            "cannot be read (", Assert.ThrowsAny<DatasetException>(() => IdxFile.ReadLabels(folder.Path)).Problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Given_what_is_not_whole_images_when_written_then_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => IdxFile.WriteImages(folder["x"], 2, 3, new byte[7]));
        Assert.Throws<ArgumentException>(() => IdxFile.WriteImages(folder["x"], 2, 3, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => IdxFile.WriteImages(folder["x"], 0, 3, new byte[6]));
        Assert.Throws<ArgumentException>(() => IdxFile.WriteLabels(folder["x"], []));
        Assert.False(File.Exists(folder["x"]));
    }
}
