using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Silo.Health;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>Whether the silo has started, is ready and lives, for whoever runs it; and how it stops.</summary>
internal static class HealthFeature
{
    /// <summary>Adds health and draining. To be called before the silo is added: services start in the order in which they are added, and stop in reverse.</summary>
    public static IServiceCollection AddHealth(this IServiceCollection services, SiloSettings settings)
    {
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(settings.Drain.Seconds + settings.Drain.StopSeconds));
        services.AddSingleton(settings.Http);
        services.AddSingleton(settings.Drain);
        services.AddSingleton<SiloHealth>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<SiloHealth>());
        services.AddHostedService<Drain>();
        return settings.Http.Port > 0 ? services.AddHostedService<HealthServer>() : services;
    }
}
