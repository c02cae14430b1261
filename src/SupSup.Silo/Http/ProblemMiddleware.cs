using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;

namespace SupSup.Silo.Http;

/// <summary>Answers exceptions and empty error responses with problem details.</summary>
/// <param name="next">What comes after.</param>
/// <param name="gate">Knows when the silo is to stop.</param>
/// <param name="logger">Hears of exceptions that nobody meant.</param>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ServingGate gate, ILogger<ProblemMiddleware> logger)
{
    /// <summary>Called for every request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        Stream body = context.Request.Body;
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody hears an answer
        }
        catch (OperationCanceledException) when (context.Response.HasStarted && gate.Stopping.IsCancellationRequested)
        {
            context.Abort(); // or what was sent would look whole
            return;
        }
#pragma warning disable CA1031 // Whatever happens is answered, and logged where it was not meant.
        catch (Exception e) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            (int status, string detail, bool isPassing) = e is OperationCanceledException && gate.Stopping.IsCancellationRequested
                ? (StatusCodes.Status503ServiceUnavailable, ServingGate.Stopped, true)
                : Problems.Of(e, context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType);
            if (status == StatusCodes.Status500InternalServerError)
                LogFailure(context.Request.Method, context.Request.Path, Problems.TraceId(context), e);
            context.Response.Clear();
            if (isPassing) context.Response.Headers.RetryAfter = Problems.RetrySeconds.ToString(CultureInfo.InvariantCulture);
            await Problems.WriteAsync(context, status, detail);
            if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status413PayloadTooLarge)
                await RefusedBodies.DrainAsync(context, body);
            return;
        }

        if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null or 0, ContentType: null })
            await Problems.WriteAsync(context, context.Response.StatusCode, null);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed (trace {TraceId})")]
    private partial void LogFailure(string method, string path, string traceId, Exception exception);
}
