using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using SupSup.Shared;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>What the silo is called, where others reach it, and how they prove who they are.</summary>
internal static partial class EndpointFeature
{
    /// <summary>Adds identity, addresses and TLS.</summary>
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
        if (endpoints.Tls.Cluster is { } files) silo.AddTls(files);
        if (settings.OpenPorts is { } warning)
            silo.AddStartupTask((services, _) =>
            {
                LogOpenPorts(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(EndpointFeature)), warning);
                return Task.CompletedTask;
            });
        silo.ConfigureEndpoints(address, endpoints.SiloPort, settings.OpenGatewayPort);
        return silo.Configure<EndpointOptions>(options =>
        {
            options.SiloListeningEndpoint = new IPEndPoint(endpoints.Listened!, endpoints.SiloPort);
            if (settings.OpenGatewayPort == 0) return;
            options.GatewayListeningEndpoint = new IPEndPoint(endpoints.Listened!, settings.OpenGatewayPort);
        });
    }

    private static void AddTls(this ISiloBuilder silo, TlsFiles files)
    {
        silo.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<ClusterTls>(services, files));
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<ClusterTls>((options, tls) =>
        {
            options.ConfigureSiloInboundConnection(connections => tls.Accept(connections, "port for silos", silosOnly: true));
            options.ConfigureGatewayInboundConnection(connections => tls.Accept(connections, "gateway", silosOnly: false));
            options.ConfigureSiloOutboundConnection(tls.Connect);
        });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogOpenPorts(ILogger logger, string warning);
}
