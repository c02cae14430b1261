using System.Net;
using Azure.Data.Tables;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Messaging;
using StackExchange.Redis;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Shared;

namespace SupSup.Client;

/// <summary>Sets an Orleans client up as <see cref="SupSupClientOptions"/> say, for a connection of our own
/// or a host of the application's.</summary>
internal static class ClusterClientSetup
{
    /// <summary>How often gateways are looked for; silos that join are found within this time.</summary>
    public static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    // Longer than attempts take: RetryOptions.AttemptTimeout is what ends them.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Sets up the client; it connects when its host starts.</summary>
    /// <exception cref="SupSupException">InvalidRequest: an address cannot be read.</exception>
    public static void UseSupSup(this IClientBuilder client, SupSupClientOptions options, Retrier retrier)
    {
        client.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (options.ServiceId, options.ClusterId));
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ResponseTimeout);
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = GatewayRefresh);
        string address;
        if (options.Redis is { } redis)
        {
            ConfigurationOptions configuration = ParseRedis(redis);
            address = $"Redis {string.Join(", ", configuration.EndPoints.Select(Name))}";
            client.UseRedisClustering(membership => membership.ConfigurationOptions = configuration);
        }
        else if (options.AzureTables is { } tables)
        {
            TableServiceClient service = ParseTables(tables);
            string table = MembershipTables.NameOf(options.ServiceId);
            address = $"table {table} at {service.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/')}";
            client.UseAzureStorageClustering(membership => (membership.TableServiceClient, membership.TableName) = (service, table));
        }
        else
        {
            DnsEndPoint[] gateways = [.. (options.Gateways.Count > 0 ? options.Gateways : ["127.0.0.1:30000"]).Select(GatewayNames.Parse)];
            address = $"gateway {string.Join(", ", gateways.Select(Name))}";
            client.Services.AddSingleton<IGatewayListProvider>(new GatewayNames(gateways));
        }

        if (options.Tls is { } tls) client.AddTls(tls.Check(), retrier.Time);
        client.Services.AddSingleton<IClientConnectionRetryFilter>(
            services => new ConnectPatience(address, options, retrier, services.GetService<ClusterTls>()));
        client.AddGatewayCountChangedHandler((_, change) =>
        {
            if (change.NumberOfConnectedGateways < change.PreviousNumberOfConnectedGateways) retrier.Interrupt();
        });
    }

    private static void AddTls(this IClientBuilder client, TlsFiles files, TimeProvider time)
    {
        client.Services.AddSingleton(services => new ClusterTls(files, time, services.GetRequiredService<ILoggerFactory>()));
        client.Services.AddOptions<ClientConnectionOptions>().Configure<ClusterTls>(
            (connections, tls) => connections.ConfigureConnection(tls.Connect));
    }

    private static TableServiceClient ParseTables(string tables)
    {
        TableClientOptions options = new() { Retry = { MaxRetries = 2, NetworkTimeout = TimeSpan.FromSeconds(5) } };
        try
        {
            return Uri.TryCreate(tables, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps
                ? new TableServiceClient(uri, new DefaultAzureCredential(), options)
                : new TableServiceClient(tables, options);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            // Not the string itself, which holds a key.
            throw new SupSupException(SupSupError.InvalidRequest,
                "the connection string of the table account is invalid, or names no table service; copy it from the Azure portal, or "
                    + "write the service's address, such as https://account.table.core.windows.net");
        }
    }

    private static ConfigurationOptions ParseRedis(string redis)
    {
        try
        {
            return ConfigurationOptions.Parse(redis) is { EndPoints.Count: > 0 } configuration
                ? configuration
                : throw new ArgumentException("it names no host");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Not the string itself, which may hold a password.
            throw new SupSupException(SupSupError.InvalidRequest,
                $"the Redis connection string is invalid ({e.Message}); write host:port, then options separated by commas");
        }
    }

    private static string Name(EndPoint endPoint) => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString()!;
}
