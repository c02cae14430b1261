using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace SupSup.Silo.Security;

/// <summary>Finds out who a caller is by the API key it shows.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeys keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "key";

    private const string Header = "X-Api-Key";

    private const string Bearer = "Bearer ";

    private const string Basic = "Basic ";

    // Pages of others' making, which a browser opens by itself, without a header of ours.
    private static readonly PathString[] Browsed = [Http.DashboardFeature.Prefix, Http.OpenApiFeature.Page];

    /// <summary>
    /// Whether a request is one that a browser makes by itself, for which the key is a password. Browsers send it again by
    /// themselves, also when another site's page asks: so it opens nothing that changes anything.
    /// </summary>
    public static bool IsBrowsed(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && Browsed.Any(prefix => request.Path.StartsWithSegments(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>The key that a request shows, or null.</summary>
    public static string? Shown(HttpRequest request)
    {
        if (request.Headers[Header] is [{ Length: > 0 } key]) return key;
        if (request.Headers.Authorization is not [{ } authorization]) return null;
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return authorization[Bearer.Length..].Trim();
        return authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            && IsBrowsed(request) ? Password(authorization[Basic.Length..].Trim()) : null;
    }

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        Shown(Request) is not { } shown ? AuthenticateResult.NoResult()
        : keys.Find(shown) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(
                Roles.Principal(key.Name, [key.Role], SchemeName, key.Models, key.Tasks), SchemeName))
        : AuthenticateResult.Fail("unknown or expired key"));

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers[HeaderNames.WWWAuthenticate] =
            IsBrowsed(Request) ? "Basic realm=\"SupSup: any user, an API key as password\"" : "Bearer";
        return Task.CompletedTask;
    }

    private static string? Password(string credentials)
    {
        byte[] decoded = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, decoded, out int length)) return null;
        string text = Encoding.UTF8.GetString(decoded, 0, length);
        return text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? text[(colon + 1)..] : null;
    }
}
