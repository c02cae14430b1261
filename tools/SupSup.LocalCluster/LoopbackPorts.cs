using System.Net;
using System.Net.Sockets;

namespace SupSup.LocalCluster;

public static class LoopbackPorts
{
    // Below the ports that the kernel gives to outgoing connections, one of which could else take the port of a server
    // that is being restarted.
    private const int First = 15_000;
    private const int End = 32_000;

    /// <summary>Ports that are free now; different ones.</summary>
    /// <param name="count">How many.</param>
    public static int[] Free(int count)
    {
        int start = Random.Shared.Next(First, End);
        int[] ports =
            [.. Enumerable.Range(0, End - First).Select(n => First + ((start - First + n) % (End - First))).Where(IsFree).Take(count)];
        return ports.Length == count
            ? ports
            : throw new LocalClusterException($"there are no {count} free ports on loopback from {First} to {End}");
    }

    /// <summary>Whether something listens on a port of this machine.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<bool> IsOpenAsync(string address, int port, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        using TcpListener listener = new(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
