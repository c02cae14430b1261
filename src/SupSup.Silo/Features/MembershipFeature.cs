using System.Net;

namespace SupSup.Silo.Features;

/// <summary>Which silos make the cluster: this one alone, on loopback.</summary>
internal static class MembershipFeature
{
    /// <summary>Adds single-silo membership.</summary>
    public static ISiloBuilder AddMembership(this ISiloBuilder silo, SiloSettings settings) =>
        silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, new IPEndPoint(IPAddress.Loopback, settings.SiloPort), "supsup", "supsup");
}
