using System.Net;
using System.Net.Sockets;

namespace SupSup.Silo.Http;

/// <summary>Where a caller comes from, as one who is limited by it: a host has a whole network of IPv6 (/64) to itself, and an address of
/// IPv4 may come as one of IPv6.</summary>
internal static class CallerAddress
{
    private const int NetworkBytes = 8;

    /// <summary>What stands for an address: of IPv6 its network.</summary>
    /// <param name="address">The address; null for none.</param>
    public static IPAddress? Of(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 }) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return address;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
