using System.Net;
using System.Net.Sockets;
using SupSup.LocalCluster;

namespace SupSup.Silo.Tests.Cluster;

public sealed class LoopbackPortsTests
{
    [Fact]
    public void Given_servers_that_start_later_when_many_ask_for_ports_at_once_then_none_is_given_twice()
    {
        int[][] given = new int[300][];
        Parallel.For(0, given.Length, n => given[n] = LoopbackPorts.Free(3));
        Assert.Equal(900, given.SelectMany(ports => ports).Distinct().Count());
    }

    [Fact]
    public void Given_a_port_that_another_program_took_when_ports_are_asked_for_then_it_is_left_out()
    {
        int last = LoopbackPorts.Free(1)[0];
        using TcpListener other = new(IPAddress.Loopback, last + 1);
        try
        {
            other.Start();
        }
        catch (SocketException)
        {
            // Taken by yet another one, which serves as well.
        }

        Assert.DoesNotContain(last + 1, LoopbackPorts.Free(5));
    }
}
