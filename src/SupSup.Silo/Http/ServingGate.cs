using System.Globalization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Health;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>
/// Lets requests through while the silo serves, no more at once than set, and knows when the last of them is answered, so
/// that the silo is stopped after it.
/// </summary>
/// <param name="health">Whether the silo serves.</param>
/// <param name="settings">How many at once.</param>
/// <param name="metrics">Hears of those that are refused.</param>
internal sealed class ServingGate(SiloHealth health, HttpSettings settings, RequestMetrics metrics) : IDisposable
{
    /// <summary>What those are told whose streams end because the silo is to stop.</summary>
    public const string Stopped = "the silo is being stopped; ask again";

    private readonly CancellationTokenSource _stopping = new();
    private int _underWay;

    /// <summary>Cancelled when the silo is to stop: streams, which have no end of their own, end then.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Requests under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>From now on nothing is let through, and streams end.</summary>
    public void Close() => _stopping.Cancel();

    /// <summary>Called for every request but those for health.</summary>
    /// <param name="context">The request.</param>
    /// <param name="next">What comes after.</param>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // The protocols' own questions about health are answered at all times.
        if (context.Request.Path.StartsWithSegments("/v2/health", StringComparison.Ordinal)
            || context.Request.Path.StartsWithSegments(GrpcHealth.Path, StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        // A caller whose connection stays open would ask a silo that leaves again and again.
        if (health.IsDraining) context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        try
        {
            // Counted before it is looked whether the silo stops: who waits for the last one must see it.
            int underWay = Interlocked.Increment(ref _underWay);
            string? reason =
                _stopping.IsCancellationRequested ? "the silo is being stopped" : (health.NotServing is [{ } first, ..] ? first : null);
            if (reason is null && underWay > settings.MaxConcurrentRequests)
            {
                metrics.Refused("requests");
                reason = $"the silo is at its limit of {settings.MaxConcurrentRequests} requests under way (Http:MaxConcurrentRequests)";
            }

            if (reason is null)
            {
                await next(context);
                return;
            }

            context.Response.Headers.RetryAfter = Problems.RetrySeconds.ToString(CultureInfo.InvariantCulture);
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"{reason}; ask again");
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}
