using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using SupSup.Grains.Telemetry;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Http;

/// <summary>Closes connections that one address opens beyond its number, so that others find room among those that there may be in
/// all. Counted over all ports.</summary>
/// <param name="settings">How many.</param>
/// <param name="metrics">Hears of those that are closed.</param>
internal sealed class ConnectionLimits(LimitSettings settings, RequestMetrics metrics)
{
    private readonly ConcurrentDictionary<IPAddress, int> _open = new();

    /// <summary>Called for every connection, ahead of TLS.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next) => async connection =>
    {
        IPAddress address = CallerAddress.Of((connection.RemoteEndPoint as IPEndPoint)?.Address) ?? IPAddress.None;
        try
        {
            if (_open.AddOrUpdate(address, 1, (_, open) => open + 1) <= settings.ConnectionsPerAddress)
            {
                await next(connection);
                return;
            }

            metrics.Refused("connections");
            connection.Abort(new ConnectionAbortedException("too many connections of one address (Limits:ConnectionsPerAddress)"));
        }
        finally
        {
            // Taken out at zero: addresses come and go.
            if (_open.AddOrUpdate(address, 0, (_, open) => open - 1) == 0) _open.TryRemove(KeyValuePair.Create(address, 0));
        }
    };
}
