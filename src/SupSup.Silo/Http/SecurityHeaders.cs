using System.Net;
using Microsoft.AspNetCore.Http;

namespace SupSup.Silo.Http;

/// <summary>Tells browsers, with every answer, to run nothing in it, to show it in no other site's page, and to tell nobody where it
/// was.</summary>
internal static class SecurityHeaders
{
    /// <summary>What is no page runs and shows nothing.</summary>
    private const string NothingPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // Pages of others' making have scripts and styles within them.
    private const string ForeignPolicy =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' "
            + "data:; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    private static readonly PathString[] Foreign = [DashboardFeature.Prefix, OpenApiFeature.Page];

    /// <summary>Called for every request.</summary>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        // When the answer begins: what is written of it before may be taken back, with its headers.
        context.Response.OnStarting(
            static state =>
            {
                Add((HttpContext)state);
                return Task.CompletedTask;
            },
            context);
        return next(context);
    }

    private static void Add(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (GrpcMessages.Is(context.Request)) return;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        bool isForeign = Foreign.Any(prefix => context.Request.Path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase));
        if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = isForeign ? ForeignPolicy : NothingPolicy;
        if (context.Request.IsHttps && !IsLoopback(context.Request.Host.Host)) headers.StrictTransportSecurity = "max-age=31536000";
    }

    // A browser would refuse http of everything else on its own machine for a year.
    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
