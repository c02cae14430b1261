using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Silo.Health;
using SupSup.Silo.Http;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>HTTP: health, the page, the REST and gRPC interfaces; and how the silo stops.</summary>
internal static class HttpFeature
{
    /// <summary>Adds health, draining and the server. To be called before the silo is added: services start
    /// in the order in which they are added, and stop in reverse.</summary>
    public static IServiceCollection AddHttp(this IServiceCollection services, SiloSettings settings)
    {
        services.Configure<HostOptions>(
            options => options.ShutdownTimeout = TimeSpan.FromSeconds(settings.Drain.Seconds + settings.Drain.StopSeconds));
        services.AddSingleton(settings);
        services.AddSingleton(settings.Http);
        services.AddSingleton(settings.Drain);
        services.AddSingleton<ClusterProof>();
        services.AddSingleton<SiloHealth>();
        services.AddSingleton(settings.Limits);
        services.AddSingleton<ServingGate>();
        services.AddSingleton<ByteBudget>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<SiloHealth>());
        services.AddHostedService<Drain>();
        if (settings.Http.Port > 0) services.AddSingleton<IOutgoingGrainCallFilter, LostCallFilter>();
        return settings.Http.Port > 0 ? services.AddHostedService<HttpServer>().AddHostedService<MemoryTrim>() : services;
    }

    /// <summary>Adds the wait for requests under way. To be called after the silo is added, so that it is stopped before it.</summary>
    public static IServiceCollection AddRequestDrain(this IServiceCollection services) => services.AddHostedService<RequestDrain>();
}
