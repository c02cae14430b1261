using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Features;
using SupSup.Silo.Http;
using SupSup.Silo.Settings;

namespace SupSup.Silo;

/// <summary>Builds a silo, for the silo program and for the tool, which hosts one in-process.</summary>
public static class SiloHost
{
    /// <summary>Builds a host that is not started yet.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="configureLogging">Where its logs go.</param>
    /// <exception cref="ValidationException">A setting is invalid; the message has one line per mistake.</exception>
    public static IHost Build(SiloSettings settings, Action<ILoggingBuilder> configureLogging)
    {
        SettingsCheck.ThrowIfMistaken(settings);

        // Not CreateApplicationBuilder: an in-process silo must not read its host's command line or environment.
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        configureLogging(builder.Logging);
        builder.AddTelemetry(settings);
        builder.Services.AddHttp(settings);
        builder.UseOrleans(silo => silo
            .AddEndpoints(settings)
            .AddMembership(settings)
            .AddStorage(settings)
            .AddLease(settings)
            .AddCompute(settings)
            .AddTracing(settings)
            .AddDashboard(settings));
        builder.Services.AddRequestDrain();
        return builder.Build();
    }
}
