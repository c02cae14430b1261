using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Security;

namespace SupSup.Silo.Http;

/// <summary>Counts what callers take, by the names of their keys.</summary>
internal static class UsageFeature
{
    /// <summary>Adds this to the server, where callers are known.</summary>
    public static void UseUsage(this IApplicationBuilder server, UsageMetrics usage) => server.Use(async (context, next) =>
    {
        if (Name(context) is { } caller) usage.Requested(caller);
        await next(context);
    });

    private static string? Name(HttpContext context) => context.User.Identity switch
    {
        { IsAuthenticated: true, AuthenticationType: ApiKeyHandler.SchemeName } key => key.Name,
        { IsAuthenticated: true, AuthenticationType: JwtBearerDefaults.AuthenticationScheme } => UsageMetrics.Tokens,
        _ => null,
    };
}
