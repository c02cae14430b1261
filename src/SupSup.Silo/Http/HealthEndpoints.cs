using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SupSup.Silo.Health;

namespace SupSup.Silo.Http;

/// <summary>
/// Answers /health/startup, /health/ready and /health/live: 200, or 503 with what is not as it should be. Anyone may ask, from
/// before the silo joins until after it has left.
/// </summary>
internal static class HealthEndpoints
{
    /// <summary>Adds the endpoints, ahead of all that asks who the caller is.</summary>
    public static IApplicationBuilder UseHealth(this IApplicationBuilder app, SiloHealth health) => app.Use((context, next) =>
    {
        IReadOnlyList<string>? reasons = context.Request.Path.Value switch
        {
            "/health/startup" => health.NotStarted,
            "/health/ready" => health.NotReady,
            "/health/live" => health.NotLive,
            _ => null,
        };
        if (reasons is null) return next(context);

        // Whoever watches the share of requests that fail does not want probes among them, nor the answers that are meant.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics) metrics.MetricsDisabled = true;
        if (HttpMethods.IsOptions(context.Request.Method))
            return HeadAndOptions.AnswerAsync(context, HttpMethods.Get);
        return HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? AnswerAsync(context, reasons)
            : next(context);
    });

    private static Task AnswerAsync(HttpContext context, IReadOnlyList<string> reasons)
    {
        bool isWell = reasons.Count == 0;
        context.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { status = isWell ? "ok" : "failing", reasons });
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(
            body, 0, body.Length, context.RequestAborted);
    }
}
