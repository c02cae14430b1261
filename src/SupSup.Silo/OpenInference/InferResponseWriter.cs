using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SupSup.Silo.OpenInference;

/// <summary>Writes the answer of the protocol's REST form.</summary>
internal static class InferResponseWriter
{
    private const string LengthHeader = "Inference-Header-Content-Length";

    /// <summary>Writes outputs: as JSON, or as bytes after it where the request wants them so.</summary>
    public static async Task WriteAsync(
        HttpResponse response,
        string model,
        string version,
        InferRequest request,
        OutputTensor[] outputs,
        CancellationToken cancellationToken)
    {
        HashSet<string> binary = [.. request.Outputs.Where(output => output.IsBinary).Select(output => output.Name)];
        if (request.BinaryOutputs && request.Outputs.Count == 0) binary.UnionWith(outputs.Select(output => output.Name));
        ArrayBufferWriter<byte> body = new(1024);
        List<byte[]> tail = [];
        using (Utf8JsonWriter json = new(body)) Write(json, model, version, request.Id, outputs, binary, tail);
        if (tail.Count > 0) response.Headers[LengthHeader] = body.WrittenCount.ToString(CultureInfo.InvariantCulture);
        response.ContentType = tail.Count > 0 ? "application/octet-stream" : "application/json";
        response.ContentLength = body.WrittenCount + tail.Sum(bytes => (long)bytes.Length);
        await response.Body.WriteAsync(body.WrittenMemory, cancellationToken);
        foreach (byte[] bytes in tail) await response.Body.WriteAsync(bytes, cancellationToken);
    }

    private static void Write(
        Utf8JsonWriter json,
        string model,
        string version,
        string? id,
        OutputTensor[] outputs,
        HashSet<string> binary,
        List<byte[]> tail)
    {
        json.WriteStartObject();
        json.WriteString("model_name", model);
        json.WriteString("model_version", version);
        if (id is not null) json.WriteString("id", id);
        json.WriteStartArray("outputs");
        foreach (OutputTensor output in outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", output.Name);
            json.WriteString("datatype", output.Datatype);
            json.WriteStartArray("shape");
            foreach (long side in output.Shape) json.WriteNumberValue(side);
            json.WriteEndArray();
            if (binary.Contains(output.Name))
            {
                byte[] bytes = output.ToBytes();
                tail.Add(bytes);
                json.WriteStartObject("parameters");
                json.WriteNumber("binary_data_size", bytes.Length);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartArray("data");
                WriteValues(json, output.Values);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, Array values)
    {
        switch (values)
        {
            case long[] wholes: foreach (long value in wholes) json.WriteNumberValue(value); break;
            case double[] numbers: foreach (double value in numbers) json.WriteNumberValue(value); break;
            case float[] singles: foreach (float value in singles) json.WriteNumberValue(value); break;
            case string[] texts: foreach (string value in texts) json.WriteStringValue(value); break;
            case bool[] truths: foreach (bool value in truths) json.WriteBooleanValue(value); break;
        }
    }
}
