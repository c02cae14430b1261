using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Telemetry;

namespace SupSup.Silo.Http;

/// <summary>
/// Streams of JSON, a value a line. A request of lines has no end that could be known beforehand, so it has no size limit as a
/// whole; each line has. An error after the first line of the answer is a last line {"error":..., "status":...}.
/// </summary>
internal static class NdJson
{
    /// <summary>The media type.</summary>
    public const string ContentType = "application/x-ndjson";

    /// <summary>Whether a request's body is lines of JSON.</summary>
    public static bool Is(HttpRequest request) => request.ContentType?.Split(';')[0] == ContentType;

    /// <summary>Bytes that a line of a batch takes for each of its own: as measured, of numbers of one digit.</summary>
    public const int LineWeight = 12;

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    /// <summary>Writes values as they come, until they end, the caller is gone, or the stream is to end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="streams">Those that are open.</param>
    /// <param name="takes">Whether the caller sends lines too.</param>
    /// <param name="values">Gives the values.</param>
    public static async Task WriteAsync<T>(
        HttpContext context, OpenStreams streams, bool takes, Func<CancellationToken, IAsyncEnumerable<T>> values)
    {
        await using OpenStreams.One stream = streams.Open(context, takes);
        try
        {
            context.Response.ContentType = ContentType;
            if (HeadAndOptions.IsHead(context)) return;
            await foreach (T value in values(stream.Token).WithCancellation(stream.Token))
            {
                await LineAsync(context.Response, value, stream.Token);
                stream.Heard();
            }
        }
        catch (Exception e) when (context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            (int status, string detail, _) = Problems.Of(e is OperationCanceledException && stream.Reason is { } reason ? reason : e);
            if (status == StatusCodes.Status500InternalServerError) throw; // the connection is cut off, and the log has the cause
            await LineAsync(context.Response, new { Error = detail, Status = status }, context.RequestAborted);
        }
        catch (OperationCanceledException) when (stream.Reason is not null)
        {
            throw stream.Reason;
        }
    }

    /// <summary>Reads the values of a request, each when it has come. A line is covered by a lease from when it is read; whoever is given
    /// the value gives that back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="mostBytes">Largest length of a line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">InvalidRequest: a line is too long. Unavailable: there is no memory for it.</exception>
    /// <exception cref="JsonException">A line is not what is taken.</exception>
    public static async IAsyncEnumerable<Leased<T>> ReadAsync<T>(
        HttpContext context, int mostBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Is(context.Request)) throw new BadHttpRequestException(
            $"a body of JSON lines needs Content-Type {ContentType}", StatusCodes.Status415UnsupportedMediaType);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        PipeReader reader = context.Request.BodyReader;
        UsageMetrics usage = context.RequestServices.GetRequiredService<UsageMetrics>();

        // Not by giving reads the token: the server takes a read that was ended so for one that goes on, and closes the connection.
        using CancellationTokenRegistration ending = cancellationToken.UnsafeRegister(
            state => ((PipeReader)state!).CancelPendingRead(), reader);
        for (long number = 1; ; number++)
        {
            ByteBudget.Lease lease = RequestBudget.Of(context).Another();
            Leased<T>? value = null;
            bool isLast;
            try
            {
                (ReadOnlySequence<byte> line, isLast) = await LineAsync(reader, mostBytes, number, lease, cancellationToken);
                usage.Received(line.Length + (isLast ? 0 : 1));
                try
                {
                    if (!IsBlank(line)) value = new(Parse<T>(line, number), lease);
                }
                finally
                {
                    reader.AdvanceTo(line.End); // or the server could not read the rest, and would close the connection
                }
            }
            finally
            {
                if (value is null) lease.Dispose();
            }

            OpenStreams.One.Of(context).Heard();
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
        catch (Exception e) when (e is JsonException or SupSupException or InvalidOperationException) // the last of text that is no UTF-8
        {
            string why = e is JsonException json ? JsonErrors.Describe(json, typeof(T)) : e.Message;
            throw new SupSupException(SupSupError.InvalidRequest, $"line {number} is invalid: {why.ReplaceLineEndings(" ")}");
        }
    }

    // Up to the line's end, which is not consumed, or to the end of all.
    private static async ValueTask<(ReadOnlySequence<byte> Line, bool IsLast)> LineAsync(
        PipeReader reader, int mostBytes, long number, ByteBudget.Lease lease, CancellationToken cancellationToken)
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

            try
            {
                lease.Cover(LineWeight * line.Length);
            }
            catch
            {
                reader.AdvanceTo(line.End);
                throw;
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
