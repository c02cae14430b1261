using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SupSup.Silo.Http;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Security;

/// <summary>How many requests a caller may make: a bucket that holds a minute's and fills evenly.</summary>
internal static class RateLimitFeature
{
    /// <summary>Adds the limits.</summary>
    public static IServiceCollection AddRateLimits(this IServiceCollection services, SecuritySettings settings) => services.AddRateLimiter(options =>
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => Bucket(settings.RequestsPerMinute)));
        options.OnRejected = async (rejected, _) =>
        {
            if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait))
                rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await Problems.WriteAsync(rejected.HttpContext, StatusCodes.Status429TooManyRequests, $"more than {settings.RequestsPerMinute} requests a minute; wait as the header Retry-After says");
        };
    });

    private static TokenBucketRateLimiterOptions Bucket(int perMinute) => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute, // sets the rate alone: buckets are filled ten times a second, by what is due
    };

    // A caller that did not say who it is, or not truly, is known by its address.
    private static string Caller(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true, Name: { } name } ? $"{context.User.Identity.AuthenticationType} {name}" : $"address {context.Connection.RemoteIpAddress}";
}
