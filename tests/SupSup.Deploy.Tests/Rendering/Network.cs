using System.Net;
using k8s.Models;

namespace SupSup.Deploy.Tests.Rendering;

/// <summary>What network policies let pass, by the rules of Kubernetes: what any policy lets through passes,
/// and a pod that no policy selects is open.</summary>
/// <param name="policies">All policies of the namespace "supsup".</param>
internal sealed class Network(IEnumerable<V1NetworkPolicy> policies)
{
    private readonly V1NetworkPolicy[] _policies = [.. policies];

    /// <summary>Whether a connection is let through at both of its ends.</summary>
    public bool Lets(Peer from, Peer to, int port, string protocol = "TCP") =>
        Leaves(from, to, port, protocol) && Enters(from, to, port, protocol);

    private bool Leaves(Peer from, Peer to, int port, string protocol)
    {
        V1NetworkPolicy[] selecting = [.. Selecting(from, "Egress")];
        return selecting.Length == 0 || selecting.SelectMany(policy => policy.Spec.Egress ?? [])
            .Any(rule => HasPort(rule.Ports, port, protocol) && IsAmong(rule.To, to));
    }

    private bool Enters(Peer from, Peer to, int port, string protocol)
    {
        V1NetworkPolicy[] selecting = [.. Selecting(to, "Ingress")];
        return selecting.Length == 0 || selecting.SelectMany(policy => policy.Spec.Ingress ?? [])
            .Any(rule => HasPort(rule.Ports, port, protocol) && IsAmong(rule.FromProperty, from));
    }

    private IEnumerable<V1NetworkPolicy> Selecting(Peer peer, string direction) => _policies.Where(policy =>
        peer is { Labels: not null, Namespace: "supsup" } && policy.Spec.PolicyTypes.Contains(direction)
            && Selectors.Selects(policy.Spec.PodSelector, peer.Labels));

    // No ports are all ports, and no peers everyone.
    private static bool HasPort(IList<V1NetworkPolicyPort>? ports, int port, string protocol) =>
        ports is null or { Count: 0 } || ports.Any(allowed => allowed.Protocol == protocol && allowed.Port.Value == $"{port}");

    private static bool IsAmong(IList<V1NetworkPolicyPeer>? peers, Peer peer) =>
        peers is null or { Count: 0 } || peers.Any(allowed => Is(allowed, peer));

    private static bool Is(V1NetworkPolicyPeer allowed, Peer peer)
    {
        if (allowed.IpBlock is { } block)
            return peer.Address is { } text && IPNetwork.Parse(block.Cidr).Contains(IPAddress.Parse(text))
                && !(block.Except ?? []).Any(range => IPNetwork.Parse(range).Contains(IPAddress.Parse(text)));
        if (peer.Labels is null) return false;
        bool inSpace = allowed.NamespaceSelector is { } spaces
            ? Selectors.Selects(spaces, new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = peer.Namespace })
            : peer.Namespace == "supsup";
        return inSpace && (allowed.PodSelector is null || Selectors.Selects(allowed.PodSelector, peer.Labels));
    }
}
