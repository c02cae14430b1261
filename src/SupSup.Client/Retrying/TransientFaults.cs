using System.Net.Sockets;
using Orleans.Runtime.Messaging;
using Orleans.Storage;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Client;

/// <summary>Tells faults that pass from answers.</summary>
internal static class TransientFaults
{
    /// <summary>Whether the same call may succeed later.</summary>
    public static bool Includes(Exception error) => error switch
    {
        SupSupException { Error: SupSupError.Unavailable } => true,
        OrleansMessageRejectionException => true, // also SiloUnavailableException: the silo died, its gateway is lost, the activation went
        ConnectionFailedException or GatewayTooBusyException or LimitExceededException or ClientNotAvailableException => true,
        InconsistentStateException => true, // two activations after a partition: Orleans ends the one that lost
        EnumerationAbortedException => true, // the activation that streamed is gone
        TimeoutException => true,
        OperationCanceledException => true, // not the caller's: a silo that shuts down cancels what it runs
        IOException or SocketException => true, // a connection's end, where Orleans passes it on as it is
        _ => false,
    };
}
