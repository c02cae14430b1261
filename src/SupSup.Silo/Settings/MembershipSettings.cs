using System.ComponentModel.DataAnnotations;
using StackExchange.Redis;

namespace SupSup.Silo.Settings;

/// <summary>Which silos make the cluster, and how soon one that died is left out.</summary>
public sealed class MembershipSettings : IValidatableObject
{
    /// <summary>"localhost" (default): this silo alone; "redis": all silos of one service and cluster id on one Redis.</summary>
    public MembershipKind Kind { get; set; } = MembershipKind.Localhost;

    /// <summary>The Redis, as StackExchange.Redis writes it: "host:6379,password=..,ssl=true". For kind "redis".</summary>
    public string? Redis { get; set; }

    /// <summary>Seconds for which a starting silo tries to reach Redis. Default 30.</summary>
    [Range(0, 3600)]
    public int StartSeconds { get; set; } = 30;

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
