using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using SupSup.Silo.Health;
using SupSup.Silo.Settings;

namespace SupSup.Silo;

/// <summary>The silo program: its settings from files, environment and flags, its exit codes.</summary>
public static class SiloProgram
{
    // The host itself gives up at the limit, and ends better than we do.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private const string Timestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Runs a silo until it is told to stop.</summary>
    /// <param name="arguments">Settings as flags.</param>
    /// <param name="defaults">What holds where no source sets it, such as "SupSup:Storage:Directory".</param>
    /// <param name="ready">Called with the settings once it serves.</param>
    /// <param name="quietUntilReady">Categories of the log that say nothing until then, and after it warnings and errors.</param>
    /// <param name="cancellationToken">Stops the silo.</param>
    /// <returns>0: it was stopped; 1: it failed; 2: its settings are invalid. The reason is on stderr.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string?> defaults,
        Action<SiloSettings>? ready = null,
        IReadOnlyList<string>? quietUntilReady = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            IConfiguration configuration = SettingsSources.Load(arguments, defaults);
            SiloSettings settings = SettingsReader.Read(configuration);
            settings.Http.OpenApi |= IsDevelopment(configuration);
            settings.Telemetry.OtlpEndpoint ??= configuration["OTEL_EXPORTER_OTLP_ENDPOINT"];
            bool isReady = false;
            SettingsCheck.ThrowIfMistaken(settings);
            CheckPorts(settings);
            IHost host = SiloHost.Build(settings, logging =>
            {
                Quiet(logging, quietUntilReady ?? [], () => Volatile.Read(ref isReady));
                ConfigureLogging(logging, settings, configuration);
            });
            IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
            lifetime.ApplicationStarted.Register(() =>
            {
                Volatile.Write(ref isReady, true);
                ready?.Invoke(settings);
            });
            Task running = host.RunAsync(cancellationToken);
            Task<string> overdue = OverdueAsync(settings.Drain, lifetime.ApplicationStopping);
            Task<string> lost = host.Services.GetRequiredService<ClusterProof>().Lost;
            Task ended = await Task.WhenAny(running, overdue, lost);
            if (ended == overdue) throw new TimeoutException(await overdue);
            if (ended == lost) throw new IOException(await lost);
            await running;
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
        Console.WriteLine(
            "Runs a SupSup silo. Settings with their defaults; set them by flag (--Storage:Kind=azure), environment "
                + "(SupSup__Storage__Kind=azure) or appsettings.json:");
        foreach ((string key, object? value) in SettingsReader.All()) Console.WriteLine($"  {key} = {value}");
        Console.WriteLine("docs/operating.md says what they mean.");
    }

    /// <summary>How an entry of the log is written: on one line, with the time in UTC.</summary>
    public static void WriteOnOneLine(SimpleConsoleFormatterOptions console) =>
        (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, $"{Timestamp} ");

    /// <summary>Mutes categories until a time, from which on they log warnings and errors; rules that are added later win.</summary>
    internal static void Quiet(ILoggingBuilder logging, IEnumerable<string> categories, Func<bool> isReady)
    {
        foreach (string category in categories) logging.AddFilter(category, level => level >= LogLevel.Warning && isReady());
    }

    // What waits for Redis, the store or another silo may not look at the time. Nothing that was acknowledged is lost: it is stored.
    private static async Task<string> OverdueAsync(DrainSettings drain, CancellationToken stopping)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        double limit = drain.Seconds + drain.StopSeconds;
        await Task.Delay(TimeSpan.FromSeconds(limit) + StopGrace, CancellationToken.None);
        return $"the silo did not stop within {limit:0.#} s (Drain:Seconds and Drain:StopSeconds), as where Redis or the store does not "
            + "answer; it ends now, and others take it for dead until its entry in the cluster has run out";
    }

    // Found out here, a port in use is one line; Orleans and the web server fail with pages, or wait.
    private static void CheckPorts(SiloSettings settings)
    {
        (EndpointSettings endpoints, HttpSettings http) = (settings.Endpoints, settings.Http);
        IPAddress silos = endpoints.Listened!;
        Check("Endpoints:SiloPort", silos, endpoints.SiloPort);
        Check("Endpoints:GatewayPort", silos, settings.OpenGatewayPort);
        if (http.Port == 0) return;
        Check("Http:Port", http.Listened!, http.Port);
        Check("Http:GrpcPort", http.Listened!, http.GrpcPort);

        static void Check(string setting, IPAddress address, int port)
        {
            if (port == 0) return;
            try
            {
                using TcpListener listener = new(address, port);
                if (address.Equals(IPAddress.IPv6Any)) listener.Server.DualMode = true; // as the web server listens
                listener.Start();
            }
            catch (SocketException e)
            {
                throw new IOException(
                    $"cannot listen on {new IPEndPoint(address, port)} ({setting}): {e.Message}; stop what uses the port, or set another: "
                        + $"--{setting}=PORT", e);
            }
        }
    }

    private static void ConfigureLogging(ILoggingBuilder logging, SiloSettings settings, IConfiguration configuration)
    {
        logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning) // or every probe of the health endpoints would be logged
            .AddFilter("Polly", LogLevel.Warning)
            // a message that cannot be read is its sender's error; what methods throw is logged by GrpcErrors
            .AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Critical)
            .AddConfiguration(configuration.GetSection("Logging"));
        if (settings.Telemetry.JsonLogs)
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, Timestamp));
        else logging.AddSimpleConsole(WriteOnOneLine);
    }

    private static bool IsDevelopment(IConfiguration configuration) =>
        Environments.Development.Equals(
            configuration["ASPNETCORE_ENVIRONMENT"] ?? configuration["DOTNET_ENVIRONMENT"], StringComparison.OrdinalIgnoreCase);
}
