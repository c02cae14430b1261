using System.Net;
using Microsoft.AspNetCore.Http;

namespace SupSup.Silo.Http;

/// <summary>
/// Where nobody has to say who they are, a page from elsewhere must not be able to ask through the user's browser: its name
/// could be made to point to this machine, but its requests still carry that name as host, or as origin. Browsers send no
/// origin with what a page merely shows, such as a picture, but they say that it is another site's.
/// </summary>
internal static class LoopbackHosts
{
    /// <summary>Refuses requests that name another host or come from a page of another one.</summary>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsLoopback(context.Request.Host.Host))
            return Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden,
                "without authentication this silo answers only to localhost and 127.0.0.1; to use another host name, set "
                    + "Security:KeysFile");
        string? origin = context.Request.Headers.Origin.FirstOrDefault();
        if (origin is not null
            && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && IsLoopback(uri.Host) && uri.Port == context.Connection.LocalPort))
            return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, $"pages of {origin} may not call this silo");
        if (context.Request.Headers["Sec-Fetch-Site"].FirstOrDefault() is "cross-site" or "same-site"
            && (context.Request.Path.StartsWithSegments("/v1") || context.Request.Path.StartsWithSegments("/v2")))
            return Problems.WriteAsync(context, StatusCodes.Status403Forbidden,
                "pages of other sites may not call this silo; open its own page, or call it without a browser");
        return next(context);
    }

    private static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
