using System.Buffers.Binary;
using System.Text.Json;

namespace SupSup.Core.Tests.Export;

/// <summary>Reads a safetensors file by the rules of the format, and refuses what they forbid.</summary>
internal sealed class SafetensorsFile
{
    private readonly byte[] _data;

    private SafetensorsFile(Dictionary<string, string> metadata, List<Tensor> tensors, byte[] data)
    {
        Metadata = metadata;
        Tensors = tensors;
        _data = data;
    }

    public Dictionary<string, string> Metadata { get; }

    /// <summary>In the order of their data.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    public static SafetensorsFile Parse(byte[] file)
    {
        long length = BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, length % 8);
        Assert.InRange(length, 2, file.Length - 8);
        byte[] header = file[8..(8 + (int)length)];
        byte[] data = file[(8 + (int)length)..];
        Assert.Equal((byte)'{', header[0]);

        Dictionary<string, string> metadata = [];
        List<Tensor> tensors = [];
        foreach (JsonProperty property in JsonDocument.Parse(header).RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
                metadata = property.Value.Deserialize<Dictionary<string, string>>()!;
            else
                tensors.Add(Tensor.Read(property));
        }

        // Together the tensors cover the data, without holes and without overlaps.
        tensors = [.. tensors.OrderBy(tensor => tensor.Start)];
        long end = 0;
        foreach (Tensor tensor in tensors)
        {
            Assert.Equal(end, tensor.Start);
            long bytes = tensor.Type switch { "F32" => 4, "F16" => 2, _ => 1 };
            Assert.Equal(tensor.Shape.Aggregate(bytes, (product, size) => product * size), tensor.End - tensor.Start);
            end = tensor.End;
        }

        Assert.Equal(data.Length, end);
        Assert.Equal(tensors.Count, tensors.Select(tensor => tensor.Name).Distinct().Count());
        return new SafetensorsFile(metadata, tensors, data);
    }

    public byte[] Bytes(string name)
    {
        Tensor tensor = Tensors.Single(tensor => tensor.Name == name);
        return _data[(int)tensor.Start..(int)tensor.End];
    }

    public float[] Floats(string name) =>
        [.. Bytes(name).Chunk(4).Select(bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes))];

    internal sealed record Tensor(string Name, string Type, int[] Shape, long Start, long End)
    {
        public static Tensor Read(JsonProperty property)
        {
            Assert.Equal(["data_offsets", "dtype", "shape"], property.Value.EnumerateObject().Select(field => field.Name)
                .Order(StringComparer.Ordinal));
            long[] offsets = property.Value.GetProperty("data_offsets").Deserialize<long[]>()!;
            Assert.Equal(2, offsets.Length);
            return new Tensor(
                property.Name,
                property.Value.GetProperty("dtype").GetString()!,
                property.Value.GetProperty("shape").Deserialize<int[]>()!,
                offsets[0],
                offsets[1]);
        }
    }
}
