using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans.Dashboard;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>The Orleans dashboard under /orleans, for admins. Its services are the silo's, so its requests are given those.</summary>
internal static class DashboardFeature
{
    /// <summary>Where it is.</summary>
    public const string Prefix = "/orleans";

    /// <summary>Adds the dashboard's part of a silo.</summary>
    public static ISiloBuilder AddDashboard(this ISiloBuilder silo, SiloSettings settings) =>
        settings.Http is { Port: > 0, Dashboard: true } ? silo.AddDashboard(options => options.HideTrace = true) : silo;

    /// <summary>Gives the dashboard's requests the silo's services. To be called after all that needs the server's own.</summary>
    public static void UseDashboardServices(this IApplicationBuilder app, HttpSettings settings, IServiceProvider silo)
    {
        if (!settings.Dashboard) return;
        app.Use(async (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments(Prefix, StringComparison.OrdinalIgnoreCase)) context.RequestServices = silo;
            await next(context);
        });
    }

    /// <summary>Adds the endpoints.</summary>
    public static void MapDashboard(this WebApplication server, HttpSettings settings, IServiceProvider silo)
    {
        if (!settings.Dashboard) return;
        RouteGroupBuilder group = new SiloRoutes(server, silo).MapOrleansDashboard(Prefix);
        group.RequireAuthorization(Roles.Admin).ExcludeFromDescription();
    }

    // Endpoints of the server that are built from the silo's services.
    private sealed class SiloRoutes(IEndpointRouteBuilder server, IServiceProvider silo) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => silo;

        public ICollection<EndpointDataSource> DataSources => server.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => server.CreateApplicationBuilder();
    }
}
