using Microsoft.Extensions.Logging;

namespace SupSup.Client;

/// <summary>Which cluster to connect to, and how patiently.</summary>
public sealed class SupSupClientOptions
{
    /// <summary>The service that the cluster runs, as its silos are configured. Default "supsup".</summary>
    public string ServiceId { get; set; } = "supsup";

    /// <summary>The cluster, as its silos are configured. Default "supsup".</summary>
    public string ClusterId { get; set; } = "supsup";

    /// <summary>
    /// The Redis that holds the cluster's membership, such as "redis:6379,password=..."; silos are found there, also those
    /// that join later. Null (default) connects to <see cref="Gateways"/>.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// Where the cluster's membership is a table in Azure Table Storage: the account's connection string, or the https URI of its table
    /// service, at which the client signs in as Azure's default credential does. Null (default) as for <see cref="Redis"/>.
    /// </summary>
    public string? AzureTables { get; set; }

    /// <summary>
    /// Gateways as "host:port" where there is neither; host names are resolved again whenever gateways are looked for, and
    /// may have several addresses. Empty (default) is "127.0.0.1:30000".
    /// </summary>
    public IList<string> Gateways { get; } = [];

    /// <summary>By which client and silos prove who they are, where the silos' ports have TLS; null (default) is cleartext.</summary>
    public ClientTls? Tls { get; set; }

    /// <summary>For how long connecting is tried before it is given up; infinite never does. Default 60 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How calls are repeated after faults that pass.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>Where logs of a <see cref="SupSupConnection"/> go; null (default) writes none. A client in a
    /// host of the application's own logs where the host does.</summary>
    public Action<ILoggingBuilder>? Logging { get; set; }
}
