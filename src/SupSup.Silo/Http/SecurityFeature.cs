using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>Who a caller is, and what it may do.</summary>
internal static class SecurityFeature
{
    private const string Choice = "choice";

    /// <summary>Adds authentication and the roles' policies, which are named as the roles; what names none takes a reader.</summary>
    public static IServiceCollection AddSecurity(this IServiceCollection services, SecuritySettings settings)
    {
        AuthenticationBuilder authentication = services.AddAuthentication(Choice).AddPolicyScheme(
            Choice, null, options => options.ForwardDefaultSelector = context => SchemeFor(context.Request, settings));
        if (!settings.IsRequired)
            authentication.AddScheme<AuthenticationSchemeOptions, LocalUserHandler>(LocalUserHandler.SchemeName, null);
        if (settings.KeysFile is { } file)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ApiKeys>(provider, file));
            authentication.AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null);
        }

        if (settings.Jwt.IsOn) authentication.AddJwtBearer(options => Configure(options, settings.Jwt));
        services.AddAuthorization(options =>
        {
            foreach (string role in Roles.All) options.AddPolicy(role, policy => policy.RequireRole(role));
            options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireRole(Roles.Reader).Build();
        });
        return services;
    }

    private static string SchemeFor(HttpRequest request, SecuritySettings settings) =>
        !settings.IsRequired ? LocalUserHandler.SchemeName
        : !settings.Jwt.IsOn
            || (settings.KeysFile is not null
                && (request.Headers.ContainsKey("X-Api-Key") || (ApiKeyHandler.IsBrowsed(request) && ApiKeyHandler.Shown(request) is null)
                    || ApiKeyHandler.Shown(request)?.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) == true))
                    ? ApiKeyHandler.SchemeName
        : JwtBearerDefaults.AuthenticationScheme;

    private static void Configure(JwtBearerOptions options, JwtSettings settings)
    {
        options.Authority = settings.Authority;
        options.RequireHttpsMetadata = settings.Authority?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
        options.MapInboundClaims = false; // roles are read from the claim that is set, under the name that it has
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = settings.Audience,
            ValidIssuer = settings.Issuer,
            IssuerSigningKey = settings.PublicKeyFile is { } file ? TokenKey.Read(file) : null,
            ClockSkew = TimeSpan.FromSeconds(30),
        };
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                ClaimsPrincipal caller = context.Principal!;
                context.Principal = Roles.Principal(
                    caller.FindFirstValue("sub") ?? caller.FindFirstValue("client_id") ?? "a token without subject",
                    caller.FindAll(settings.RoleClaim).Select(claim => claim.Value),
                    JwtBearerDefaults.AuthenticationScheme,
                    Patterns(caller, settings.ModelsClaim),
                    Patterns(caller, settings.TasksClaim));
                return Task.CompletedTask;
            },
            OnChallenge = async context =>
            {
                // The caller is not to blame where nobody's token can be checked.
                if (context.AuthenticateFailure is null || await HasKeysAsync(context)) return;
                context.HandleResponse();
                context.Response.Headers.RetryAfter = Problems.RetrySeconds.ToString(CultureInfo.InvariantCulture);
                await Problems.WriteAsync(
                    context.HttpContext, StatusCodes.Status503ServiceUnavailable,
                    $"tokens cannot be checked: {settings.Authority} (Security:Jwt:Authority) does not answer with its keys; try "
                        + "again later");
            },
        };
    }

    // Null where tokens are not limited; none where this one does not say to what.
    private static string[]? Patterns(ClaimsPrincipal caller, string? claim) => claim is null ? null :
    [
        .. caller.FindAll(claim).SelectMany(
            one => one.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
    ];

    private static async Task<bool> HasKeysAsync(JwtBearerChallengeContext context)
    {
        if (context.Options.ConfigurationManager is not { } authority) return true;
        try
        {
            await authority.GetConfigurationAsync(context.HttpContext.RequestAborted);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
