using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Http;

/// <summary>
/// Streams of JSON, a value a line. A request of lines has no end that could be known beforehand, so it has no size limit as a
/// whole; each line has. An error after the first line of the answer is a last line {"error":..., "status":...}.
/// </summary>
internal static class NdJson
{
    /// <summary>The media type.</summary>
    public const string ContentType = "application/x-ndjson";

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    /// <summary>Writes values as they come, until they end, the caller is gone, or the silo is to stop.</summary>
    /// <param name="context">The request.</param>
    /// <param name="gate">Knows when the silo is to stop.</param>
    /// <param name="values">Gives the values.</param>
    public static async Task WriteAsync<T>(HttpContext context, ServingGate gate, Func<CancellationToken, IAsyncEnumerable<T>> values)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Stopping);
        try
        {
            context.Response.ContentType = ContentType;
            await foreach (T value in values(either.Token).WithCancellation(either.Token))
                await LineAsync(context.Response, value, either.Token);
        }
        catch (Exception e) when (context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            (int status, string detail, _) =
                e is OperationCanceledException ? (StatusCodes.Status503ServiceUnavailable, ServingGate.Stopped, true) : Problems.Of(e);
            if (status == StatusCodes.Status500InternalServerError) throw; // the connection is cut off, and the log has the cause
            await LineAsync(context.Response, new { Error = detail, Status = status }, context.RequestAborted);
        }
        catch (OperationCanceledException) when (gate.Stopping.IsCancellationRequested)
        {
            throw new SupSupException(SupSupError.Unavailable, ServingGate.Stopped);
        }
    }

    /// <summary>Reads the values of a request, each when it has come.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mostBytes">Largest length of a line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest: a line is too long.</exception>
    /// <exception cref="JsonException">A line is not what is taken.</exception>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        HttpContext context, int mostBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (context.Request.ContentType?.Split(';')[0] != ContentType) throw new BadHttpRequestException(
            $"a body of JSON lines needs Content-Type {ContentType}", StatusCodes.Status415UnsupportedMediaType);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        PipeReader reader = context.Request.BodyReader;

        // Not by giving reads the token: the server takes a read that was ended so for one that goes on, and closes the connection.
        using CancellationTokenRegistration ending = cancellationToken.UnsafeRegister(
            state => ((PipeReader)state!).CancelPendingRead(), reader);
        for (long number = 1; ; number++)
        {
            (ReadOnlySequence<byte> line, bool isLast) = await LineAsync(reader, mostBytes, number, cancellationToken);
            T? value;
            try
            {
                value = IsBlank(line) ? default : Parse<T>(line, number);
            }
            finally
            {
                reader.AdvanceTo(line.End); // or the server could not read the rest, and would close the connection
            }

            if (value is not null) yield return value;
            if (isLast) yield break;
            await SkipNewLineAsync(reader, cancellationToken);
        }
    }

    private static T Parse<T>(ReadOnlySequence<byte> line, long number)
    {
        try
        {
            Utf8JsonReader json = new(line, new JsonReaderOptions { MaxDepth = JsonFormat.Options.MaxDepth });
            T? value = JsonSerializer.Deserialize<T>(ref json, JsonFormat.Options);
            if (json.Read()) throw new JsonException("unexpected text after the value");
            return value ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter of text that is no UTF-8
        {
            string why = e is JsonException json ? JsonErrors.Describe(json, typeof(T)) : e.Message;
            throw new SupSupException(SupSupError.InvalidRequest, $"line {number} is invalid: {why.ReplaceLineEndings(" ")}");
        }
    }

    // Up to the line's end, which is not consumed, or to the end of all.
    private static async ValueTask<(ReadOnlySequence<byte> Line, bool IsLast)> LineAsync(
        PipeReader reader, int mostBytes, long number, CancellationToken cancellationToken)
    {
        long searched = 0;
        while (true)
        {
            ReadResult read = await NextAsync(reader, cancellationToken);
            SequencePosition? end = read.Buffer.Slice(searched).PositionOf(NewLine[0]);
            searched = read.Buffer.Length; // a long line comes in many pieces
            ReadOnlySequence<byte> line = end is { } position ? read.Buffer.Slice(0, position) : read.Buffer;
            if (line.Length > mostBytes)
            {
                reader.AdvanceTo(line.End);
                throw new SupSupException(SupSupError.InvalidRequest,
                    $"line {number} has more than {mostBytes} bytes (Http:MaxRequestBytes); send smaller batches");
            }

            if (end is not null || read.IsCompleted) return (line, end is null);
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async ValueTask SkipNewLineAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        ReadResult read = await NextAsync(reader, cancellationToken);
        reader.AdvanceTo(read.Buffer.GetPosition(1));
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (ReadOnlyMemory<byte> part in line)
            if (part.Span.ContainsAnyExcept(" \t\r"u8)) return false;
        return true;
    }

    private static async ValueTask<ReadResult> NextAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadResult read = await reader.ReadAsync(CancellationToken.None);
        if (!read.IsCanceled) return read;
        reader.AdvanceTo(read.Buffer.Start);
        throw new OperationCanceledException(cancellationToken);
    }

    private static async Task LineAsync<T>(HttpResponse response, T value, CancellationToken cancellationToken)
    {
        await response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, JsonFormat.Options), cancellationToken);
        await response.Body.WriteAsync(NewLine, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
