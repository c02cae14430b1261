namespace SupSup.Grains.Storage;

/// <summary>The cluster that owns the store, as one of its silos saw it last.</summary>
[GenerateSerializer, Alias("supsup.state.lease")]
public sealed class LeaseState
{
    /// <summary>The cluster's id, for messages: two clusters may have the same.</summary>
    [Id(0)]
    public string Cluster { get; set; } = "";

    /// <summary>The cluster's silos, each "address:port@generation", which no other silo ever has; none once it was released.</summary>
    [Id(1)]
    public List<string> Silos { get; set; } = [];

    /// <summary>The version of the membership table in which they were the cluster's silos.</summary>
    [Id(2)]
    public long Version { get; set; }

    /// <summary>For how many seconds the lease holds after each write.</summary>
    [Id(3)]
    public double Seconds { get; set; }
}
