using System.Text.Json;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;

namespace SupSup.Silo.OpenInference;

/// <summary>
/// Reads an inference request of the protocol's REST form, with its extension for tensors as bytes after the JSON. One pass over
/// the bytes: the numbers of an image, which are nearly all of a request, go straight into the array that inference takes.
/// </summary>
internal ref struct InferRequestReader
{
    /// <summary>Bytes that a value takes until it is answered: as it is read, joined with those of other requests, and as a factor of the
    /// gradient.</summary>
    public const int ValueBytes = 3 * sizeof(float);

    private const int MaxDepth = 16;
    private const int MostSides = 8;
    private const int MostMembers = 64;

    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<byte> _binary;
    private readonly int _mostRows;
    private readonly ByteBudget.Lease? _lease;
    private Utf8JsonReader _json;
    private int _binaryRead;
    private long _values;

    private InferRequestReader(ReadOnlySpan<byte> json, ReadOnlySpan<byte> binary, int mostRows, ByteBudget.Lease? lease)
    {
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        _text = json;
        _binary = binary;
        (_mostRows, _lease) = (mostRows, lease);
    }

    /// <summary>Reads a request.</summary>
    /// <param name="json">Its JSON.</param>
    /// <param name="binary">The bytes after the JSON.</param>
    /// <param name="mostRows">Rows at most.</param>
    /// <param name="lease">Covers values before there is memory taken for them; null for no bound.</param>
    /// <exception cref="SupSupException">InvalidRequest: its content is invalid. Unavailable: there is no memory for it.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static InferRequest Read(
        ReadOnlySpan<byte> json, ReadOnlySpan<byte> binary, int mostRows, ByteBudget.Lease? lease)
    {
        try
        {
            InferRequestReader reader = new(json, binary, mostRows, lease);
            return reader.ReadRequest();
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            throw Invalid("the request's text is not valid UTF-8"); // what the reader says of such text
        }
    }

    private InferRequest ReadRequest()
    {
        string? id = null;
        List<InferTensor> inputs = [];
        Dictionary<string, object> parameters = [];
        List<RequestedOutput> outputs = [];
        _json.Read();
        Expect(JsonTokenType.StartObject, "the request");
        while (NextProperty() is { } property)
        {
            switch (property)
            {
                case "id": id = Text("id"); break;
                case "parameters": parameters = ReadParameters("parameters"); break;
                case "inputs": ForEach("inputs", (ref InferRequestReader reader) => inputs.Add(reader.ReadInput())); break;
                case "outputs": ForEach("outputs", (ref InferRequestReader reader) => outputs.Add(reader.ReadOutput())); break;
                case "model_name" or "model_version": _json.Skip(); break; // said in the path
                default: throw Invalid($"unknown property '{property}'; a request has id, parameters, inputs and outputs");
            }
        }

        if (_json.Read()) throw Invalid("unexpected text after the request's JSON");
        if (_binaryRead != _binary.Length)
            throw Invalid($"{_binary.Length} bytes follow the JSON, but the inputs' binary_data_size add up to {_binaryRead}");
        bool binaryOutputs = parameters.TryGetValue("binary_data_output", out object? wish) && wish is true;
        return new InferRequest
        {
            Id = id,
            Inputs = inputs,
            Parameters = parameters,
            Outputs = [.. outputs.Select(output => output with { IsBinary = output.IsBinary || binaryOutputs })],
            BinaryOutputs = binaryOutputs
        };
    }

    private InferTensor ReadInput()
    {
        Expect(JsonTokenType.StartObject, "an input");
        (string? name, string? datatype, long[]? shape, float[]? values) = (null, null, null, null);
        Dictionary<string, object> parameters = [];
        while (NextProperty() is { } property)
        {
            switch (property)
            {
                case "name": name = Text("an input's name"); break;
                case "datatype": datatype = Text("an input's datatype"); break;
                case "shape": shape = ReadShape(); break;
                case "data": values = ReadData(shape); break;
                case "parameters": parameters = ReadParameters("an input's parameters"); break;
                default: throw Invalid($"unknown property '{property}'; an input has name, shape, datatype, data and parameters");
            }
        }

        if (name is null || datatype is null || shape is null) throw Invalid("an input lacks its name, datatype or shape");
        InferParameters.RefuseSharedMemory(name, parameters.Keys);
        long? binarySize = parameters.TryGetValue("binary_data_size", out object? size)
            ? size as long? ?? throw Invalid("binary_data_size takes a whole number")
            : null;
        if (values is null == binarySize is null)
            throw Invalid($"input '{name}' must have either data, or binary_data_size with its bytes after the JSON");
        if (binarySize is { } bytes)
        {
            if (bytes < 0 || bytes > _binary.Length - _binaryRead)
                throw Invalid(
                    $"input '{name}' needs {bytes} bytes after the JSON, but {_binary.Length - _binaryRead} are left; check "
                        + "Inference-Header-Content-Length");
            Cover(bytes / TensorBytes.SizeOf(name, datatype));
            values = TensorBytes.Read(name, datatype, _binary.Slice(_binaryRead, (int)bytes));
            _binaryRead += (int)bytes;
        }
        else if (datatype is not ("FP32" or "FP64" or "UINT8"))
        {
            throw TensorBytes.WrongDatatype(name, datatype);
        }
        else if (datatype == "UINT8"
            && Array.FindIndex(values!, value => !(value is >= 0 and <= 255 && value == MathF.Floor(value))) is >= 0 and var at)
        {
            throw Invalid($"value {values![at]} of '{name}' is not a UINT8; use whole numbers from 0 to 255");
        }

        return new InferTensor(name, datatype, shape, values!);
    }

    private RequestedOutput ReadOutput()
    {
        Expect(JsonTokenType.StartObject, "an output");
        string? name = null;
        Dictionary<string, object> parameters = [];
        while (NextProperty() is { } property)
        {
            switch (property)
            {
                case "name": name = Text("an output's name"); break;
                case "parameters": parameters = ReadParameters("an output's parameters"); break;
                default: throw Invalid($"unknown property '{property}'; an output has name and parameters");
            }
        }

        return RequestedOutput.Of(name ?? throw Invalid("an output lacks its name"), parameters);
    }

    private Dictionary<string, object> ReadParameters(string what)
    {
        Expect(JsonTokenType.StartObject, what);
        Dictionary<string, object> parameters = [];
        while (NextProperty() is { } name)
        {
            if (parameters.Count == MostMembers) throw Invalid($"{what} has more than {MostMembers} members");
            if (InferParameters.IsHint(name))
            {
                _json.Skip();
                continue;
            }

            parameters[name] = _json.TokenType switch
            {
                JsonTokenType.String => _json.GetString()!,
                JsonTokenType.True => (object)true,
                JsonTokenType.False => false,
                JsonTokenType.Number => _json.TryGetInt64(out long whole) ? (object)whole : _json.TryGetDouble(out double number)
                    ? number
                    : throw Invalid($"parameter '{name}' is too large a number"),
                _ => throw Invalid($"parameter '{name}' must be text, a number, true or false"),
            };
        }

        return parameters;
    }

    private long[] ReadShape()
    {
        List<long> shape = [];
        ForEach("a shape", (ref InferRequestReader reader) =>
        {
            if (shape.Count == MostSides) throw Invalid($"a shape has more than {MostSides} dimensions; send [rows, inputs]");
            shape.Add(reader._json.TokenType == JsonTokenType.Number
                && reader._json.TryGetInt64(out long side) ? side : throw Invalid("a shape must have whole numbers"));
        });
        if (shape.Count > 1) CheckRows(shape[0]);
        return [.. shape];
    }

    private readonly void CheckRows(long rows)
    {
        if (rows > _mostRows) throw InferService.TooManyRows(rows, _mostRows);
    }

    // Before memory is taken for them.
    private void Cover(long values)
    {
        _values += values;
        _lease?.Cover(_text.Length + _binary.Length + (ValueBytes * _values));
    }

    // Flat or nested; the shape is checked against the number of values. Of nested arrays all of one depth must be of one length, and
    // numbers of one depth: the values of ragged ones may fill the shape, and would be other rows than were meant.
    private float[] ReadData(long[]? shape)
    {
        Expect(JsonTokenType.StartArray, "an input's data");

        // There are no more numbers than commas, and one.
        long most = _text[(int)_json.BytesConsumed..].Count((byte)',') + 1;
        bool fills = shape is { Length: > 0 } && shape.All(side => side > 0);
        Int128 full = fills ? shape!.Aggregate((Int128)1, (product, side) => product * side) : most;
        long room = (long)Int128.Min(most, full);
        Cover(room);
        float[] values = new float[room];
        int count = 0, depth = 1, deepest = 0;
        Span<int> here = stackalloc int[MaxDepth + 1], lengths = stackalloc int[MaxDepth + 1];
        here.Clear();
        lengths.Fill(-1);
        while (depth > 0 && _json.Read())
        {
            switch (_json.TokenType)
            {
                case JsonTokenType.Number:
                    if (count == room) throw Invalid($"an input has more values than the {full} that fill its shape");
                    if (!_json.TryGetSingle(out values[count++])) throw Invalid("an input's data have a number beyond single precision");
                    if (depth != deepest && deepest > 0) throw Ragged();
                    deepest = depth;
                    here[depth]++;
                    break;
                case JsonTokenType.StartArray:
                    here[depth++]++;
                    if (depth == 2 && shape is null or { Length: > 1 }) CheckRows(here[1]);
                    break;
                case JsonTokenType.EndArray:
                    if (lengths[depth] >= 0 && lengths[depth] != here[depth]) throw Ragged();
                    lengths[depth] = here[depth];
                    here[depth--] = 0;
                    break;
                case JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null or JsonTokenType.String
                    or JsonTokenType.StartObject:
                    throw Invalid($"an input's data must be numbers, not {_json.TokenType}");
            }
        }

        Array.Resize(ref values, count);
        return values;
    }

    private delegate void ElementReader(ref InferRequestReader reader);

    private void ForEach(string what, ElementReader read)
    {
        Expect(JsonTokenType.StartArray, what);
        for (int n = 0; _json.Read() && _json.TokenType != JsonTokenType.EndArray; n++)
        {
            if (n == MostMembers) throw Invalid($"{what} has more than {MostMembers} members");
            read(ref this);
        }
    }

    // One that is null counts as left out.
    private string? NextProperty()
    {
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = _json.GetString()!;
            _json.Read();
            if (_json.TokenType != JsonTokenType.Null) return name;
        }

        return null;
    }

    private readonly void Expect(JsonTokenType type, string what)
    {
        if (_json.TokenType != type) throw Invalid($"{what} takes {(type == JsonTokenType.StartArray ? "an array" : "an object")}");
    }

    private readonly string Text(string what) =>
        _json.TokenType == JsonTokenType.String ? _json.GetString()! : throw Invalid($"{what} takes text");

    private static SupSupException Ragged() => Invalid("an input's data are ragged: arrays of one depth must be of one length");

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
