using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Adds the client library to an application's own host.</summary>
public static class ServiceRegistration
{
    /// <summary>Adds a <see cref="SupSupClient"/>, which connects when the host starts.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="configure">Which cluster, how patiently; null takes the defaults.</param>
    /// <exception cref="SupSupException">InvalidRequest: an address cannot be read.</exception>
    public static IHostApplicationBuilder AddSupSupClient(
        this IHostApplicationBuilder builder, Action<SupSupClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSupSupClient(configure);
        return builder;
    }

    /// <summary>Adds a <see cref="SupSupClient"/>, which connects when the host starts; the start fails with
    /// <see cref="SupSupException"/> if no silo answers.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Which cluster, how patiently; null takes the defaults.</param>
    /// <exception cref="SupSupException">InvalidRequest: an address cannot be read.</exception>
    public static IServiceCollection AddSupSupClient(this IServiceCollection services, Action<SupSupClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        SupSupClientOptions options = new();
        configure?.Invoke(options);
        Retrier retrier = new(options.Retry);
        services.AddOrleansClient(client => client.UseSupSup(options, retrier));
        services.AddSingleton<IHostedService>(new RetrierLifetime(retrier));
        services.AddSingleton(provider => new SupSupClient(provider.GetRequiredService<IClusterClient>(), retrier));
        return services;
    }
}
