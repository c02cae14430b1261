using CsCheck;
using SupSup.Core.Export;

namespace SupSup.Core.Tests.Export;

public sealed class SafetensorsWriterTests
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    [Fact]
    public void Given_any_tensors_when_written_then_they_and_the_metadata_are_read_back() =>
        Gen.Select(Gen.Int[1, 6].Array[1, 3].Array[0, 5], Gen.Dictionary(Gen.String, Gen.String)[0, 3]).Sample((shapes, metadata) =>
        {
            var stream = new MemoryStream();
            var writer = new SafetensorsWriter(metadata);
            byte[][] data =
                [.. shapes.Select((shape, t) => RandomData.Bytes(shape.Aggregate(Size(t), (product, size) => product * size), t))];
            for (int t = 0; t < shapes.Length; t++)
                writer.Declare($"tensor {t}", Size(t) == 4 ? "F32" : "U8", shapes[t]);
            writer.Begin(stream);
            for (int t = 0; t < shapes.Length; t++)
                writer.Write($"tensor {t}", data[t]);
            writer.End();

            SafetensorsFile file = SafetensorsFile.Parse(stream.ToArray());

            Assert.Equal(metadata, file.Metadata);
            Assert.Equal(shapes.Length, file.Tensors.Count);
            for (int t = 0; t < shapes.Length; t++)
            {
                Assert.Equal(($"tensor {t}", Size(t) == 4 ? "F32" : "U8"), (file.Tensors[t].Name, file.Tensors[t].Type));
                Assert.Equal(shapes[t], file.Tensors[t].Shape);
                Assert.Equal(data[t], file.Bytes($"tensor {t}"));
            }
        });

    [Fact]
    public void Given_declared_tensors_when_written_out_of_order_twice_or_in_another_length_then_refused_by_name()
    {
        SafetensorsWriter writer = Begun();

        AssertRefused(() => writer.Write("b", new byte[2]), "'b'");
        AssertRefused(() => writer.Write("a", new byte[7]), "7 bytes");
        AssertRefused(() => writer.Write("a", new byte[9]), "9 bytes");
        writer.Write("a", new byte[8]);
        AssertRefused(() => writer.Write("a", new byte[8]), "'a'");
        writer.Write("b", new byte[2]);
        AssertRefused(() => writer.Write("c", new byte[2]), "'c'");
        writer.End();
    }

    [Fact]
    public void Given_a_tensor_that_is_missing_when_ended_then_the_error_names_it()
    {
        SafetensorsWriter writer = Begun();
        writer.Write("a", new byte[8]);

        AssertRefused(writer.End, "'b'");
    }

    [Fact]
    public void Given_no_header_yet_when_a_tensor_is_written_then_refused()
    {
        var writer = new SafetensorsWriter(NoMetadata);
        writer.Declare("a", "U8", 2);

        AssertRefused(() => writer.Write("a", new byte[2]), "'a'");
    }

    [Fact]
    public void Given_a_name_that_is_taken_or_an_unknown_type_when_declared_then_refused()
    {
        var writer = new SafetensorsWriter(NoMetadata);
        writer.Declare("a", "U8", 2);

        Assert.Throws<ArgumentException>(() => writer.Declare("a", "F32", 3));
        var error = Assert.Throws<ArgumentException>(() => writer.Declare("b", "F64", 3));
        Assert.Contains("'F64'", error.Message, StringComparison.Ordinal);
    }

    private static SafetensorsWriter Begun()
    {
        var writer = new SafetensorsWriter(NoMetadata);
        writer.Declare("a", "F32", 2, 1);
        writer.Declare("b", "U8", 2);
        writer.Begin(new MemoryStream());
        return writer;
    }

    private static int Size(int tensor) => tensor % 2 == 0 ? 4 : 1;

    private static void AssertRefused(Action action, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidOperationException>(action).Message, StringComparison.Ordinal);
}
