using System.Net;
using Orleans.Configuration;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>What the silo is called, and where others reach it.</summary>
internal static class EndpointFeature
{
    /// <summary>Adds identity and addresses.</summary>
    public static ISiloBuilder AddEndpoints(this ISiloBuilder silo, SiloSettings settings)
    {
        EndpointSettings endpoints = settings.Endpoints;
        IPAddress address = endpoints.Advertised!;
        silo.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = settings.ServiceId;
            options.ClusterId = settings.ClusterId;
        });
        if (settings.SiloName is { } name) silo.Configure<SiloOptions>(options => options.SiloName = name);
        return silo.ConfigureEndpoints(address, endpoints.SiloPort, endpoints.GatewayPort, endpoints.ListenOnAnyAddress);
    }
}
