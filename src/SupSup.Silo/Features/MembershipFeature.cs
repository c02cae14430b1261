using System.Net;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using SupSup.Grains.Interfaces;
using SupSup.Silo.Membership;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Features;

/// <summary>Which silos make the cluster: this one alone, or those that write themselves into a table of Redis or Azure.</summary>
internal static class MembershipFeature
{
    public static ISiloBuilder AddMembership(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.Configure<ClusterMembershipOptions>(options => Detect(options, settings.Membership));
        silo.Services.AddSingleton<IFatalErrorHandler, DeadSilo>();
        if (settings.Membership.Kind == MembershipKind.Localhost)
            return silo.UseDevelopmentClustering(new IPEndPoint(settings.Endpoints.Advertised!, settings.Endpoints.SiloPort));

        if (settings.Membership.Kind == MembershipKind.Azure) return silo.AddTable(settings);

        // The table's key is "{service id}/members/{cluster id}": neither may hold a slash, so no two clusters share one.
        silo.Services.AddSingleton(settings.Membership);
        silo.Services.AddSingleton<RedisConnector>();
        silo.Services.AddOptions<RedisClusteringOptions>()
            .Configure<RedisConnector>((options, redis) => options.CreateMultiplexer = redis.ConnectAsync);
        return silo.UseRedisClustering(options => options.ConfigurationOptions = RedisConnector.Options(settings.Membership.Redis!));
    }

    private static ISiloBuilder AddTable(this ISiloBuilder silo, SiloSettings settings)
    {
        string table = MembershipTables.NameOf(settings.ServiceId);
        TableServiceClient client = TableConnector.Client(settings.Membership);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services =>
            ActivatorUtilities.CreateInstance<TableConnector>(services, client, table, settings.Membership));
        return silo.UseAzureStorageClustering(options => (options.TableServiceClient, options.TableName) = (client, table));
    }

    /// <summary>
    /// A silo that was killed is to be left out within seconds. Its peers notice by three probes of a second; two of them
    /// vote, or the one that is left alone, once those that died with it have missed their entries in the table.
    /// Neither a slow silo nor an unreachable table must count as death: probes wait up to three times as long for a
    /// silo that is slow, messages that still arrive from one suppress votes, and silos that cannot reach the table go on
    /// with what they read last.
    /// </summary>
    private static void Detect(ClusterMembershipOptions options, MembershipSettings settings)
    {
        TimeSpan probe = TimeSpan.FromSeconds(settings.ProbeSeconds);
        options.ProbeTimeout = probe;
        options.MinProbeTimeout = probe;
        options.MaxProbeTimeout = probe * 3;
        options.NumMissedProbesLimit = settings.MissedProbes;
        options.NumVotesForDeathDeclaration = 2;
        options.TableRefreshTimeout = probe * 5;
        options.IAmAliveTablePublishTimeout = probe * 3;
        options.NumMissedTableIAmAliveLimit = 3;
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
    }
}
