using System.Runtime.InteropServices;
using Google.Protobuf;
using SupSup.Grains.Export.Onnx;
using DataType = SupSup.Grains.Export.Onnx.TensorProto.Types.DataType;

namespace SupSup.Grains.Export;

/// <summary>Builds a graph of the Open Neural Network Exchange format, operator by operator; every value is named by what made
/// it.</summary>
internal sealed class OnnxGraph
{
    private readonly GraphProto _graph;

    /// <summary>Starts a graph.</summary>
    /// <param name="name">Its name.</param>
    public OnnxGraph(string name) => _graph = new GraphProto { Name = name };

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">The sizes of one row.</param>
    /// <param name="description">What it is.</param>
    /// <returns>Its name.</returns>
    public string Input(string name, DataType type, IEnumerable<int> shape, string description)
    {
        _graph.Input.Add(Value(name, type, shape, description));
        return name;
    }

    /// <summary>Declares an output.</summary>
    /// <param name="name">The name of the value, as <see cref="Add"/> was given it.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">The sizes of one row.</param>
    /// <param name="description">What it is.</param>
    public void Output(string name, DataType type, IEnumerable<int> shape, string description) =>
        _graph.Output.Add(Value(name, type, shape, description));

    /// <summary>Adds an operator of the standard set.</summary>
    /// <param name="output">The name of what it makes.</param>
    /// <param name="type">The operator, as "Gemm".</param>
    /// <param name="inputs">Names of what it takes.</param>
    /// <param name="attributes">Its settings: whole numbers, lists of them, or single precision.</param>
    /// <returns>The name of what it makes.</returns>
    public string Add(string output, string type, string[] inputs, params (string Name, object Value)[] attributes)
    {
        NodeProto node = new() { Name = output, OpType = type, Input = { inputs }, Output = { output } };
        foreach ((string name, object value) in attributes)
        {
            node.Attribute.Add(value switch
            {
                float number => new AttributeProto { Name = name, F = number, Type = AttributeProto.Types.AttributeType.Float },
                long[] numbers => new AttributeProto { Name = name, Ints = { numbers }, Type = AttributeProto.Types.AttributeType.Ints },
                _ => new AttributeProto { Name = name, I = Convert.ToInt64(value), Type = AttributeProto.Types.AttributeType.Int },
            });
        }

        _graph.Node.Add(node);
        return output;
    }

    /// <summary>Adds numbers that are a part of the graph.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="shape">Their sizes; none for a single number.</param>
    public string Constant<T>(string name, T[] values, params long[] shape) where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("the format's numbers are little-endian");
        DataType type = values switch
        {
            float[] => DataType.Float,
            double[] => DataType.Double,
            long[] => DataType.Int64,
            sbyte[] => DataType.Int8,
            _ => throw new ArgumentException($"numbers of type {typeof(T)} are none of a graph's"),
        };
        _graph.Initializer.Add(new TensorProto
        {
            Name = name,
            DataType = (int)type,
            Dims = { shape },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<T>(values)),
        });
        return name;
    }

    /// <summary>Adds texts that are a part of the graph.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="values">The texts.</param>
    public string Constant(string name, IReadOnlyCollection<string> values)
    {
        _graph.Initializer.Add(new TensorProto
        {
            Name = name,
            DataType = (int)DataType.String,
            Dims = { values.Count },
            StringData = { values.Select(ByteString.CopyFromUtf8) },
        });
        return name;
    }

    /// <summary>The graph as a file's content.</summary>
    /// <param name="description">What it is, for people.</param>
    /// <param name="metadata">What else is told of it.</param>
    public ModelProto ToModel(string description, IReadOnlyDictionary<string, string> metadata) => new()
    {
        IrVersion = 8,
        OpsetImport = { new OperatorSetIdProto { Version = 18 } }, // which runtimes know since 2023
        ProducerName = "SupSup",
        DocString = description,
        Graph = _graph,
        MetadataProps =
        {
            metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }),
        },
    };

    private static ValueInfoProto Value(string name, DataType type, IEnumerable<int> shape, string description)
    {
        TensorShapeProto sizes = new() { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "rows" } } };
        sizes.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto
        {
            Name = name,
            DocString = description,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = sizes } },
        };
    }
}
