using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>
/// How many requests a caller may make, a bucket that holds a minute's and fills evenly, and how many it may have under way,
/// so that one that holds streams open leaves room for others.
/// </summary>
internal static class RateLimitFeature
{
    public static IServiceCollection AddRateLimits(this IServiceCollection services, SecuritySettings settings) =>
        services.AddRateLimiter(options =>
        {
            options.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
                    Caller(context), _ => Bucket(settings.RequestsPerMinute))),
                PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetConcurrencyLimiter(
                    Caller(context), _ => new ConcurrencyLimiterOptions { PermitLimit = settings.ConcurrentRequests })));
            options.OnRejected = async (rejected, _) =>
            {
                bool isTooOften = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait);
                rejected.HttpContext.Response.Headers.RetryAfter =
                    Math.Max(Problems.RetrySeconds, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                await Problems.WriteAsync(
                    rejected.HttpContext,
                    StatusCodes.Status429TooManyRequests,
                    isTooOften
                        ? $"more than {settings.RequestsPerMinute} requests a minute (Security:RequestsPerMinute); wait for as long as the "
                            + "header Retry-After says"
                        : $"this caller is at its limit of {settings.ConcurrentRequests} requests under way (Security:ConcurrentRequests); "
                            + "wait until one ends, or end one");
            };
        });

    private static TokenBucketRateLimiterOptions Bucket(int perMinute) => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = 1,
        // sets the rate alone: buckets are filled ten times a second, by what is due
        ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
    };

    /// <summary>What a caller is called. One that did not say who it is, or not truly, is known by its address.</summary>
    public static string Caller(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true, Name: { } name }
            ? $"{context.User.Identity.AuthenticationType} {name}"
            : $"address {CallerAddress.Of(context.Connection.RemoteIpAddress)}";
}
