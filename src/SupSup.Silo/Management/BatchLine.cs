using System.Text.Json;
using System.Text.Json.Serialization;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Management;

/// <summary>A batch of a stream, as a line of JSON.</summary>
/// <param name="Number">Number of the batch, from 0.</param>
/// <param name="Inputs">Inputs, normalised.</param>
/// <param name="Labels">Class of each row.</param>
internal sealed record BatchLine(long Number, BatchLine.Matrix Inputs, int[] Labels)
{
    /// <summary>The batch.</summary>
    public LabelledBatch ToBatch() => new() { Inputs = new InputBatch { Rows = Inputs.Rows, Values = Inputs.Values }, Labels = Labels };

    /// <summary>As documents know it.</summary>
    internal sealed record Shown(long Number, float[][] Inputs, int[] Labels);

    /// <summary>Rows of one length: their values, row-major. As JSON a list of lists of numbers, which are checked as they are read, and go
    /// straight into one array.</summary>
    [JsonConverter(typeof(Converter))]
    internal sealed record Matrix(int Rows, float[] Values);

    private sealed class Converter : JsonConverter<Matrix>
    {
        public override bool HandleNull => true;

        public override Matrix Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            string not = reader.TokenType == JsonTokenType.Null ? ", not null" : "";
            if (reader.TokenType != JsonTokenType.StartArray) throw Invalid($"'inputs' takes a list, each a list, each a number{not}");
            float[] values = [];
            int rows = 0, count = 0, width = -1;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; rows++)
            {
                if (reader.TokenType == JsonTokenType.Null) throw Invalid($"row {rows} of the batch is null");
                if (reader.TokenType != JsonTokenType.StartArray) throw Invalid($"'inputs[{rows}]' takes a list, each a number");
                int start = count;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (count == values.Length) Array.Resize(ref values, Math.Max(1024, 2 * count));
                    if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out values[count]))
                        throw Invalid($"'inputs[{rows}][{count - start}]' takes a number of single precision");
                    count++;
                }

                if (width < 0) width = count - start;
                if (count - start != width)
                    throw Invalid($"row {rows} of the batch has {count - start} inputs, row 0 has {width}");
            }

            Array.Resize(ref values, count);
            return new Matrix(rows, values);
        }

        public override void Write(Utf8JsonWriter writer, Matrix value, JsonSerializerOptions options) => throw new NotSupportedException();

        private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
    }
}
