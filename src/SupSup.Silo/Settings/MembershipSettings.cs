using System.ComponentModel.DataAnnotations;
using Azure.Data.Tables;
using StackExchange.Redis;

namespace SupSup.Silo.Settings;

/// <summary>Which silos make the cluster, and how soon one that died is left out.</summary>
public sealed class MembershipSettings : IValidatableObject
{
    /// <summary>"localhost" (default): this silo alone; "redis", "azure": all silos of one service and cluster id on one Redis, or in one
    /// account of Azure Table Storage.</summary>
    public MembershipKind Kind { get; set; } = MembershipKind.Localhost;

    /// <summary>The Redis, as StackExchange.Redis writes it: "host:6379,password=..,ssl=true". For kind "redis".</summary>
    public string? Redis { get; set; }

    /// <summary>Connection string of the account with the table. For kind "azure", instead of <see cref="ServiceUri"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>URI of the table service, such as https://account.table.core.windows.net; the silo signs in as Azure's default credential
    /// does. For kind "azure".</summary>
    public string? ServiceUri { get; set; }

    /// <summary>Seconds for which a starting silo tries to reach Redis, or the table, and waits for the lease of another cluster.
    /// Default 30.</summary>
    [Range(0, 3600)]
    public int StartSeconds { get; set; } = 30;

    /// <summary>
    /// Seconds for which the lease holds that a cluster has on its store, unless one of its silos renews it: how long a cluster that
    /// cannot show that it is the same waits for one that vanished, and after how long a silo that is cut off is no longer ready.
    /// Default 15.
    /// </summary>
    [Range(3, 3600)]
    public double LeaseSeconds { get; set; } = 15;

    /// <summary>
    /// Seconds between two probes of another silo, and for which an answer is waited for; Orleans allows up to three
    /// times as many where a silo is slow. Default 1.
    /// </summary>
    [Range(0.1, 60)]
    public double ProbeSeconds { get; set; } = 1;

    /// <summary>Probes that must fail one after another before a silo votes for another's death. Default 3.</summary>
    [Range(1, 100)]
    public int MissedProbes { get; set; } = 3;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Kind == MembershipKind.Redis && Redis is null)
        {
            yield return new ValidationResult("Redis is missing: Kind redis needs the server, such as redis:6379.");
        }
        else if (Redis is not null && Mistake(Redis) is { } mistake)
        {
            yield return new ValidationResult(mistake);
        }

        if (Kind != MembershipKind.Azure) yield break;
        if (ConnectionString is null == ServiceUri is null)
            yield return new ValidationResult("Kind azure needs either ConnectionString or ServiceUri, of an account with tables.");
        if (ConnectionString is not null && !IsConnectionString(ConnectionString))
            yield return new ValidationResult(
                "ConnectionString is invalid, or names no table service; copy it from the Azure portal, "
                    + "DefaultEndpointsProtocol=https;AccountName=..;AccountKey=..;EndpointSuffix=core.windows.net.");
        if (ServiceUri is not null && !(Uri.TryCreate(ServiceUri, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps))
            yield return new ValidationResult(
                "ServiceUri is not the https address of a table service; write for example https://account.table.core.windows.net.");
    }

    // Whether the SDK understands it, and finds a table service in it.
    private static bool IsConnectionString(string connectionString)
    {
        try
        {
            return new TableServiceClient(connectionString).Uri is not null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    // Never repeats what was written: it may hold a password.
    private static string? Mistake(string redis)
    {
        try
        {
            return ConfigurationOptions.Parse(redis).EndPoints.Count > 0 ? null : "Redis names no server; write for example redis:6379.";
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return "Redis is not a connection string; write for example redis:6379,password=..,ssl=true.";
        }
    }
}
