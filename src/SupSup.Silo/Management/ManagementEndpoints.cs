using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

/// <summary>The management interface, under /v1.</summary>
internal static class ManagementEndpoints
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapManagement(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup("/v1").WithTags("Management").RequireAuthorization(Roles.Reader);
        group.MapModels();
        group.MapTasks();
        group.MapData();
        group.MapStreams();
        group.MapPreview();
        group.MapEvaluation();
        group.MapCluster();
    }
}
