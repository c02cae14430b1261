using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans.Runtime.MembershipService.SiloMetadata;
using SupSup.Grains.Placement;
using SupSup.Silo.Http;
using SupSup.Silo.OpenInference;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Management;

/// <summary>The silos of the cluster.</summary>
internal static class ClusterEndpoint
{
    /// <summary>Adds the endpoint.</summary>
    public static void MapCluster(this RouteGroupBuilder group) =>
        group.MapGet("cluster", Get).ForLimited().WithSummary("The silos of the cluster, as this one sees them");

    private static ClusterView Get(
        ILocalSiloDetails local, IClusterMembershipService members, ISiloMetadataCache metadata, HttpSettings settings) => new(
            local.Name,
            InferenceEndpoints.ServerVersion,
            [.. new[] { settings.Dashboard ? DashboardFeature.Prefix : null, settings.OpenApi ? OpenApiFeature.Page : null }
                .OfType<string>()],
            [.. members.CurrentSnapshot.Members.Values
                .Where(member => member.Status != SiloStatus.Dead)
                .OrderBy(member => member.Name, StringComparer.Ordinal)
                .Select(member => new SiloView(
                    member.Name, member.SiloAddress.ToString(), member.Status.ToString(), metadata.GetSiloMetadata(
                        member.SiloAddress).Metadata.TryGetValue(GpuSilos.MetadataKey, out string? gpu) && gpu == "true"))]);

    internal sealed record ClusterView(string Silo, string Version, IReadOnlyList<string> Links, IReadOnlyList<SiloView> Silos);

    internal sealed record SiloView(string Name, string Address, string Status, bool Gpu);
}
