using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SupSup.Silo.OpenInference;
using SupSup.Silo.Security;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>Metrics, traces and logs by OpenTelemetry: sent by OTLP, or fetched by Prometheus. docs/telemetry.md lists the names.</summary>
internal static class TelemetryFeature
{
    // What the runtime and the web server measure by themselves is here too.
    private static readonly string[] Meters = ["SupSup", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting", "System.Runtime"];

    private static readonly string[] Sources = ["SupSup", "Microsoft.Orleans.*"];

    /// <summary>Adds what is set.</summary>
    public static void AddTelemetry(this HostApplicationBuilder builder, SiloSettings settings)
    {
        TelemetrySettings telemetry = settings.Telemetry;
        bool sends = telemetry.OtlpEndpoint is not null;
        if (!sends && !telemetry.Prometheus) return;
        OpenTelemetryBuilder open = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, settings))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters);
                if (sends) metrics.AddOtlpExporter(options => Send(options, telemetry));
                if (telemetry.Prometheus) metrics.AddPrometheusExporter();
            });
        if (!sends) return;
        open.WithTracing(traces => traces
            .AddSource(Sources)
            // probes would drown the rest
            .AddAspNetCoreInstrumentation(
                options => options.Filter = context => !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
            .AddOtlpExporter(options => Send(options, telemetry)));
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(Describe(ResourceBuilder.CreateDefault(), settings));
            logs.IncludeFormattedMessage = true;
            logs.AddOtlpExporter(options => Send(options, telemetry));
        });
    }

    /// <summary>Has calls between grains carry the trace that they are part of.</summary>
    public static ISiloBuilder AddTracing(this ISiloBuilder silo, SiloSettings settings) =>
        settings.Telemetry.OtlpEndpoint is null ? silo : silo.AddActivityPropagation();

    /// <summary>Adds the endpoint that Prometheus fetches from.</summary>
    public static void MapMetrics(this WebApplication server, TelemetrySettings settings, IServiceProvider silo)
    {
        if (settings.Prometheus) server.MapPrometheusScrapingEndpoint("/metrics", silo.GetRequiredService<MeterProvider>(), null, null)
            .RequireAuthorization(Roles.Reader);
    }

    private static ResourceBuilder Describe(ResourceBuilder resource, SiloSettings settings) => resource
        .AddService("supsup-silo", settings.ServiceId, InferenceEndpoints.ServerVersion,
            autoGenerateServiceInstanceId: settings.SiloName is null, settings.SiloName)
        .AddAttributes([new("supsup.cluster", settings.ClusterId)]);

    private static void Send(OtlpExporterOptions options, TelemetrySettings settings) => options.Endpoint = new Uri(settings.OtlpEndpoint!);
}
