using System.Net;
using System.Net.Sockets;

namespace SupSup.LocalCluster;

/// <summary>
/// Ports of loopback for servers that are started a moment later, which may be seconds: no port is given twice in this process, nor by
/// two processes that run at the same time.
/// </summary>
public static class LoopbackPorts
{
    // Below the ports that the kernel gives to outgoing connections, one of which could else take the port of a server
    // that is being restarted.
    private const int First = 15_000;
    private const int End = 32_000;

    // A process takes ports by blocks. It listens at the first port of each of its blocks until it ends, so that no other takes the block.
    private const int BlockSize = 100;
    private static readonly List<TcpListener> _blocks = [];
    private static readonly Lock _lock = new();
    private static int _next;
    private static int _blockEnd;

    /// <summary>Ports that are free, and stay so until the caller's servers take them; different ones at each call.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="LocalClusterException">All blocks of ports are taken.</exception>
    public static int[] Free(int count)
    {
        int[] ports = new int[count];
        lock (_lock)
        {
            for (int n = 0; n < count; n++)
            {
                do
                {
                    if (_next == _blockEnd) TakeBlock();
                    ports[n] = _next++;
                }
                while (!IsFree(ports[n]));
            }
        }

        return ports;
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

    private static void TakeBlock()
    {
        const int blocks = (End - First) / BlockSize;
        int start = Random.Shared.Next(blocks);
        for (int n = 0; n < blocks; n++)
        {
            int first = First + ((start + n) % blocks * BlockSize);
            if (Listen(first) is not TcpListener listener) continue;
            _blocks.Add(listener);
            _next = first + 1;
            _blockEnd = first + BlockSize;
            return;
        }

        throw new LocalClusterException($"there are no free ports on loopback from {First} to {End}");
    }

    private static bool IsFree(int port)
    {
        using TcpListener? listener = Listen(port);
        return listener is not null;
    }

    private static TcpListener? Listen(int port)
    {
        TcpListener listener = new(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
