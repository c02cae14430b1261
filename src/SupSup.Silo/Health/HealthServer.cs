using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Health;

/// <summary>
/// Answers /health/startup, /health/ready and /health/live: 200, or 503 with what is not as it should be. A server of its
/// own and no part of the silo's host, which would start it last and stop it first; it answers from before the silo
/// joins until after it has left.
/// </summary>
/// <param name="settings">Where it listens.</param>
/// <param name="health">The silo.</param>
/// <param name="loggers">Where its log goes.</param>
internal sealed class HealthServer(HttpSettings settings, SiloHealth health, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private WebApplication? _server;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(settings.Listened!, settings.Port));
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task AnswerAsync(HttpContext context)
    {
        IReadOnlyList<string>? reasons = context.Request.Path.Value switch
        {
            "/health/startup" => health.NotStarted,
            "/health/ready" => health.NotReady,
            "/health/live" => health.NotLive,
            _ => null,
        };
        if (reasons is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        bool isWell = reasons.Count == 0;
        context.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new HealthReport(isWell ? "ok" : "failing", reasons));
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
