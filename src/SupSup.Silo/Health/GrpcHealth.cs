using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Authorization;

namespace SupSup.Silo.Health;

/// <summary>The health service of gRPC (grpc.health.v1): serving while the silo is ready. Anyone may ask;
/// watching it is not offered.</summary>
/// <param name="health">The silo.</param>
[AllowAnonymous]
internal sealed class GrpcHealth(SiloHealth health) : Grpc.Health.V1.Health.HealthBase
{
    /// <summary>Where the service answers, also while the silo does not serve.</summary>
    public const string Path = "/grpc.health.v1.Health";

    /// <inheritdoc/>
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        Task.FromResult(new HealthCheckResponse
        {
            Status = health.NotReady.Count == 0
                ? HealthCheckResponse.Types.ServingStatus.Serving
                : HealthCheckResponse.Types.ServingStatus.NotServing,
        });
}
