namespace SupSup.Deploy.Tests.Rendering;

/// <summary>One end of a connection: a pod in a namespace, or an address outside the cluster.</summary>
/// <param name="Labels">The pod's labels, or null for an address.</param>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Address">The address.</param>
internal sealed record Peer(IDictionary<string, string>? Labels, string Namespace, string? Address)
{
    /// <summary>A pod of the overlays' own namespace.</summary>
    public static Peer Pod(IDictionary<string, string> labels) => new(labels, "supsup", null);

    /// <summary>A pod of another namespace.</summary>
    public static Peer PodOf(string space, params (string Key, string Value)[] labels) =>
        new(labels.ToDictionary(label => label.Key, label => label.Value), space, null);

    /// <summary>An address outside the cluster.</summary>
    public static Peer Outside(string address) => new(null, "", address);
}
