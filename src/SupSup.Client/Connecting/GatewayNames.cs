using System.Net;
using System.Net.Sockets;
using Orleans.Messaging;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Gateways by name. They are looked up whenever Orleans asks, so that a name which moves (a
/// Kubernetes service, say) is followed.</summary>
/// <param name="gateways">Names and ports.</param>
internal sealed class GatewayNames(IReadOnlyList<DnsEndPoint> gateways) : IGatewayListProvider
{
    /// <inheritdoc/>
    public TimeSpan MaxStaleness => ClusterClientSetup.GatewayRefresh;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <summary>Reads "host:port".</summary>
    /// <exception cref="SupSupException">InvalidRequest: it is not.</exception>
    public static DnsEndPoint Parse(string gateway)
    {
        int colon = gateway.LastIndexOf(':');
        return colon > 0 && int.TryParse(gateway.AsSpan(colon + 1), out int port) && port is > 0 and <= IPEndPoint.MaxPort
            ? new DnsEndPoint(gateway[..colon].Trim('[', ']'), port)
            : throw new SupSupException(
                SupSupError.InvalidRequest, $"'{gateway}' is not a gateway address; write host:port, such as 127.0.0.1:30000");
    }

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways()
    {
        List<Uri> found = [];
        SocketException? failure = null;
        foreach (DnsEndPoint gateway in gateways)
        {
            try
            {
                foreach (IPAddress address in await Dns.GetHostAddressesAsync(gateway.Host))
                    found.Add(new IPEndPoint(address, gateway.Port).ToGatewayUri());
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        return found.Count > 0 || failure is null ? found : throw failure;
    }
}
