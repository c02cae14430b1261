namespace SupSup.LocalCluster;

/// <summary>What a cluster on this machine is made of.</summary>
public sealed record ClusterOptions
{
    /// <summary>Number of silos.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>The silo program; default the one beside this program.</summary>
    public string Program { get; init; } = Path.Combine(AppContext.BaseDirectory, "SupSup.Silo");

    /// <summary>Folder of logs, and of the data of Redis and Azurite.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder of datasets.</summary>
    public required string Data { get; init; }

    /// <summary>The service's id.</summary>
    public string ServiceId { get; init; } = "supsup";

    /// <summary>The cluster's id.</summary>
    public string ClusterId { get; init; } = "supsup";

    /// <summary>A Redis that runs already; null starts one.</summary>
    public string? Redis { get; init; }

    /// <summary>The connection string of a storage account; null starts Azurite.</summary>
    public string? Storage { get; init; }

    /// <summary>Further settings of the silos, such as "Compute:TrainingThreads".</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
