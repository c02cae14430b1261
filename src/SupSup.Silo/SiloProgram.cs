using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo.Settings;

namespace SupSup.Silo;

/// <summary>The silo program: its settings from files, environment and flags, its exit codes.</summary>
public static class SiloProgram
{
    /// <summary>Runs a silo until it is told to stop.</summary>
    /// <param name="arguments">Settings as flags.</param>
    /// <param name="defaults">What holds where no source sets it, such as "SupSup:Storage:Directory".</param>
    /// <param name="cancellationToken">Stops the silo.</param>
    /// <returns>0: it was stopped; 1: it failed; 2: its settings are invalid. The reason is on stderr.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?> defaults, CancellationToken cancellationToken = default)
    {
        try
        {
            IConfiguration configuration = SettingsSources.Load(arguments, defaults);
            SiloSettings settings = SettingsReader.Read(configuration);
            settings.Http.OpenApi |= IsDevelopment(configuration);
            settings.Telemetry.OtlpEndpoint ??= configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
            using IHost host = SiloHost.Build(settings, logging => ConfigureLogging(logging, settings, configuration));
            await host.RunAsync(cancellationToken);
            return 0;
        }
        catch (Exception e) when (e is ValidationException or OrleansConfigurationException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
#pragma warning disable CA1031 // Whatever ends the silo ends the process; the log has the rest.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    /// <summary>Prints every setting with its default.</summary>
    public static void PrintHelp()
    {
        Console.WriteLine("Runs a SupSup silo. Settings with their defaults; set them by flag (--Storage:Kind=azure), environment (SupSup__Storage__Kind=azure) or appsettings.json:");
        foreach ((string key, object? value) in SettingsReader.All()) Console.WriteLine($"  {key} = {value}");
        Console.WriteLine("docs/operating.md says what they mean.");
    }

    private static void ConfigureLogging(ILoggingBuilder logging, SiloSettings settings, IConfiguration configuration)
    {
        logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning) // or every probe of the health endpoints would be logged
            .AddFilter("Polly", LogLevel.Warning)
            .AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Critical) // a message that cannot be read is its sender's error; what methods throw is logged by GrpcErrors
            .AddConfiguration(configuration.GetSection("Logging"));
        if (settings.Telemetry.JsonLogs) logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        else logging.AddSimpleConsole(console => console.SingleLine = true);
    }

    private static bool IsDevelopment(IConfiguration configuration) =>
        Environments.Development.Equals(configuration["ASPNETCORE_ENVIRONMENT"] ?? configuration["DOTNET_ENVIRONMENT"], StringComparison.OrdinalIgnoreCase);
}
