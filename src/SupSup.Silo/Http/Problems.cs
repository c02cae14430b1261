using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.Http;

/// <summary>
/// Errors as problem details (RFC 9457). The extension "error" repeats the detail, which is where the Open Inference
/// Protocol's clients look for it.
/// </summary>
internal static class Problems
{
    /// <summary>Seconds after which a request that met trouble that passes is worth repeating.</summary>
    public const int RetrySeconds = 1;

    private const string OutOfMemory =
        "the silo has no memory left for this; ask again later, or send less at once (if it comes often, lower Limits:RequestMemoryBytes)";

    private const string TooLarge = "the body is larger than Http:MaxRequestBytes allows; send less at once";

    /// <summary>The answer to an exception: its status, one line that names the culprit and the remedy, and
    /// whether asking again may help.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="body">The type that the body of the request was read as, where it was.</param>
    public static (int Status, string Detail, bool IsPassing) Of(Exception exception, Type? body = null) => exception switch
    {
        SupSupException { Error: SupSupError.InvalidRequest } e => (StatusCodes.Status400BadRequest, Line(e.Message), false),
        SupSupException { Error: SupSupError.NotFound } e => (StatusCodes.Status404NotFound, Line(e.Message), false),
        SupSupException { Error: SupSupError.Conflict } e => (StatusCodes.Status409Conflict, Line(e.Message), false),
        SupSupException { Error: SupSupError.Damaged } e => (StatusCodes.Status503ServiceUnavailable, Line(e.Message), false),
        SupSupException e => (StatusCodes.Status503ServiceUnavailable, Line(e.Message), true),
        ByteBudget.TooLargeException e => (e.StatusCode, e.Message, false),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            (StatusCodes.Status413PayloadTooLarge, TooLarge, false),
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest, InnerException: null } when body is not null =>
            (StatusCodes.Status400BadRequest, "the body is empty or null; send a JSON object", false),
        BadHttpRequestException e =>
            (e.StatusCode, Line(e.InnerException is JsonException json ? Invalid(json, body) : e.Message), false),
        JsonException e => (StatusCodes.Status400BadRequest, Line(Invalid(e, body)), false),
        { Source: { } source } when source.StartsWith("System.IO.Compression", StringComparison.Ordinal) =>
            (StatusCodes.Status400BadRequest, "the body is not valid in its Content-Encoding", false),
        IOException { InnerException: OverflowException } =>
            (StatusCodes.Status400BadRequest, "a chunk of the body says that it has more bytes than any can have", false),
        OutOfMemoryException or { InnerException: OutOfMemoryException } => (StatusCodes.Status503ServiceUnavailable, OutOfMemory, true),
        OrleansException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, "the cluster did not answer; ask again", true),
        _ => (StatusCodes.Status500InternalServerError, "the silo failed; its log has the cause under this trace id", false),
    };

    /// <summary>The status of gRPC that says what one of HTTP does.</summary>
    /// <param name="status">Status code of HTTP.</param>
    /// <param name="isPassing">Whether asking again may help.</param>
    public static StatusCode GrpcStatus(int status, bool isPassing) => status switch
    {
        StatusCodes.Status400BadRequest => StatusCode.InvalidArgument,
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status403Forbidden => StatusCode.PermissionDenied,
        StatusCodes.Status404NotFound => StatusCode.NotFound,
        StatusCodes.Status405MethodNotAllowed or StatusCodes.Status415UnsupportedMediaType => StatusCode.Unimplemented,
        StatusCodes.Status408RequestTimeout => StatusCode.DeadlineExceeded,
        StatusCodes.Status409Conflict => StatusCode.FailedPrecondition,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        StatusCodes.Status503ServiceUnavailable => isPassing ? StatusCode.Unavailable : StatusCode.DataLoss,
        _ => StatusCode.Internal,
    };

    /// <summary>Writes a problem, to a caller that speaks gRPC as a status of that; the response must not have begun.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">Status code.</param>
    /// <param name="detail">One line; null says what the code means.</param>
    public static Task WriteAsync(HttpContext context, int status, string? detail)
    {
        string title = ReasonPhrases.GetReasonPhrase(status);
        detail ??= Line(Meaning(context, status) ?? title);
        if (GrpcMessages.Is(context.Request))
        {
            // What does not pass is told by the call itself.
            GrpcMessages.Answer(context, GrpcStatus(status, isPassing: true), detail, status == StatusCodes.Status503ServiceUnavailable);
            return Task.CompletedTask;
        }

        context.Response.StatusCode = status;
        ProblemDetails problem = new()
        {
            Type = $"https://www.rfc-editor.org/rfc/rfc9110#name-{status.ToString(CultureInfo.InvariantCulture)}-"
                + $"{title.ToLowerInvariant().Replace(' ', '-')}",
            Title = title,
            Status = status,
            Detail = detail,
            Instance = context.Request.Path,
        };
        problem.Extensions["error"] = detail;
        problem.Extensions["traceId"] = TraceId(context);
        return context.Response.WriteAsJsonAsync(problem, JsonFormat.Options, "application/problem+json", context.RequestAborted);
    }

    /// <summary>What the log and the answer know a request by.</summary>
    public static string TraceId(HttpContext context) => Activity.Current?.Id ?? context.TraceIdentifier;

    private static string? Meaning(HttpContext context, int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication is required: send the header Authorization: Bearer KEY, or X-Api-Key: KEY",
        StatusCodes.Status403Forbidden => $"'{context.User.Identity?.Name}' lacks the role that this needs",
        StatusCodes.Status404NotFound => $"there is nothing at {context.Request.Path}",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not support {context.Request.Method}; see the header Allow",
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status415UnsupportedMediaType =>
            $"unsupported Content-Type '{context.Request.ContentType}' of the body; send application/json"
                + (context.Request.Path.Value!.EndsWith("/infer", StringComparison.Ordinal)
                    ? $", application/octet-stream or a file as {string.Join(", ", FileTypes.All)}" : ""),
        StatusCodes.Status429TooManyRequests => "too many requests; wait for as long as the header Retry-After says",
        _ => null,
    };

    private static string Invalid(JsonException error, Type? body) => $"invalid body: {JsonErrors.Describe(error, body)}";

    private static string Line(string message) => message.ReplaceLineEndings(" ");
}
