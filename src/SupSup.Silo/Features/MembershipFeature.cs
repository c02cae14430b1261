using System.Net;
using Orleans.Configuration;

namespace SupSup.Silo.Features;

/// <summary>Which silos make the cluster: this one alone, on loopback.</summary>
internal static class MembershipFeature
{
    /// <summary>Adds single-silo membership.</summary>
    public static ISiloBuilder AddMembership(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, new IPEndPoint(IPAddress.Loopback, settings.SiloPort), "supsup", "supsup");

        // A lone silo has no one to hand its grains to.
        silo.Configure<GrainCollectionOptions>(options => options.CollectionAge = TimeSpan.FromMinutes(30));
        return silo;
    }
}
