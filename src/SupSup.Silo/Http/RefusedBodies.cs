using System.Buffers;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SupSup.Silo.Http;

/// <summary>
/// What callers send on with though they were refused. Many read no answer before they have sent all, so it is read; but slowly, so that
/// those who send most do not take the processor from those who are served.
/// </summary>
internal static class RefusedBodies
{
    private const int PieceBytes = 64 << 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // After that the connection is closed, as the server would do.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Completes the answer, and reads the body to its end.</summary>
    /// <param name="context">The request, whose answer is written.</param>
    /// <param name="body">Its body as it came.</param>
    public static async Task DrainAsync(HttpContext context, Stream body)
    {
        // Over HTTP/2 the stream is reset, and who waits for leave to send (100) has sent nothing.
        if (!HttpProtocol.IsHttp11(context.Request.Protocol) || context.Request.Headers.ContainsKey(HeaderNames.Expect)) return;
        await context.Response.CompleteAsync();
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        long start = Stopwatch.GetTimestamp();
        try
        {
            while (await body.ReadAsync(piece, context.RequestAborted) > 0)
            {
                if (Stopwatch.GetElapsedTime(start) > Longest)
                {
                    context.Abort();
                    return;
                }

                await Task.Delay(Pause, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The caller went, or sends what is too long: there is nobody to tell.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
