using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>
/// Has every request with a body hold a part of the <see cref="ByteBudget"/> until it is answered: by Content-Length before a byte of it is
/// read, else as it is read. What the body needs beyond its length its reader says, <see cref="Of"/>.
/// </summary>
internal static class RequestBudget
{
    /// <summary>Bytes that an order in JSON takes for each of its own: as measured, of a list of one-letter texts.</summary>
    public const int OrderWeight = 24;

    /// <summary>Size of a message of gRPC where callers need no key: they ask for the health.</summary>
    public const int AnonymousBytes = 4096;

    private static readonly BodyMemory Orders = new(OrderWeight, 0);
    private static readonly MinDataRate SlowestUpload = new(240, TimeSpan.FromSeconds(5)); // Kestrel's own

    /// <summary>Says what bodies of an endpoint take.</summary>
    /// <param name="endpoint">The endpoint; others take orders in JSON.</param>
    /// <param name="weight">Bytes for each byte of the body; 0 where it is read piece by piece, and may be without end.</param>
    /// <param name="constant">Bytes in any case.</param>
    public static T TakesMemory<T>(this T endpoint, int weight, long constant = 0)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new BodyMemory(weight, constant));

    /// <summary>What a request holds.</summary>
    public static ByteBudget.Lease Of(HttpContext context) => context.Features.GetRequiredFeature<ByteBudget.Lease>();

    /// <summary>Adds this to the server, where callers and endpoints are known.</summary>
    /// <param name="server">The server.</param>
    /// <param name="budget">What there is.</param>
    /// <param name="settings">Whether callers say who they are, and how large messages of gRPC may be.</param>
    /// <param name="usage">Counts what is received.</param>
    public static void UseRequestBudget(this IApplicationBuilder server, ByteBudget budget, SiloSettings settings, UsageMetrics usage) =>
        server.Use(async (context, next) =>
        {
            using ByteBudget.Lease lease = budget.Open(settings.Security.IsRequired ? RateLimitFeature.Caller(context) : null);
            context.Features.Set(lease);
            if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
            {
                await next(context);
                return;
            }

            EndpointMetadataCollection? metadata = context.GetEndpoint()?.Metadata;
            if (metadata?.GetMetadata<GrpcMethodMetadata>() is { } method)
            {
                int mostBytes = metadata.GetMetadata<IAllowAnonymous>() is null ? settings.Http.MaxRequestBytes : AnonymousBytes;
                using GrpcBody body = new(context.Request.BodyReader, lease, method.Method, mostBytes, usage);
                context.Features.Set<IRequestBodyPipeFeature>(body);
                await next(context);
                return;
            }

            BodyMemory memory = metadata?.GetMetadata<BodyMemory>() ?? Orders;
            lease.Cover(memory.Constant);
            if (memory.Weight == 0)
            {
                bool hasRate = !HttpProtocol.IsHttp2(context.Request.Protocol); // there it is of the connection
                if (hasRate && context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = SlowestUpload;
            }
            else if (context.Request.ContentLength is { } length)
            {
                // A longer one is refused as soon as it is read.
                long? most = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
                if (!(length > most)) lease.Cover(memory.Constant + (memory.Weight * length));
            }

            if (memory.Weight == 0 && NdJson.Is(context.Request)) // counted, and covered, line by line
            {
                await next(context);
            }
            else if (context.Request.ContentLength is { } whole)
            {
                usage.Received(whole);
                await next(context);
            }
            else
            {
                WatchedStream body = new(context.Request.Body, read => lease.Cover(memory.Constant + (memory.Weight * read)));
                context.Request.Body = body;
                try
                {
                    await next(context);
                }
                finally
                {
                    usage.Received(body.Position);
                }
            }
        });

    private sealed record BodyMemory(int Weight, long Constant);
}
