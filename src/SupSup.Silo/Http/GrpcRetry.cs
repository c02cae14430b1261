using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace SupSup.Silo.Http;

/// <summary>Says in gRPC's terms after how long a request that met trouble that passes is worth repeating: to client libraries, which wait
/// so long (proposal A6), and as google.rpc.RetryInfo, the error detail for it.</summary>
internal static class GrpcRetry
{
    /// <summary>Milliseconds, as text.</summary>
    public const string PushbackHeader = "grpc-retry-pushback-ms";

    /// <summary>A google.rpc.Status with details.</summary>
    public const string DetailsHeader = "grpc-status-details-bin";

    private const string RetryInfo = "type.googleapis.com/google.rpc.RetryInfo";

    /// <summary>Milliseconds to wait.</summary>
    public static string Pushback { get; } = $"{1000 * Problems.RetrySeconds}";

    /// <summary>A failure to be thrown.</summary>
    /// <param name="code">The status.</param>
    /// <param name="detail">One line.</param>
    /// <param name="isPassing">Whether asking again may help.</param>
    public static RpcException Failure(StatusCode code, string detail, bool isPassing)
    {
        Metadata trailers = [];
        if (isPassing)
        {
            trailers.Add(PushbackHeader, Pushback);
            trailers.Add(DetailsHeader, Details(code, detail));
        }

        return new RpcException(new Status(code, detail), trailers);
    }

    /// <summary>The bytes of a google.rpc.Status with a RetryInfo.</summary>
    public static byte[] Details(StatusCode code, string detail)
    {
        // RetryInfo { Duration retry_delay = 1 }, Status { int32 code = 1; string message = 2; repeated Any details = 3 }
        using MemoryStream info = new(), status = new();
        using (CodedOutputStream to = new(info, leaveOpen: true))
        {
            to.WriteTag(1, WireFormat.WireType.LengthDelimited);
            to.WriteMessage(Duration.FromTimeSpan(TimeSpan.FromSeconds(Problems.RetrySeconds)));
        }

        using (CodedOutputStream to = new(status, leaveOpen: true))
        {
            to.WriteTag(1, WireFormat.WireType.Varint);
            to.WriteInt32((int)code);
            to.WriteTag(2, WireFormat.WireType.LengthDelimited);
            to.WriteString(detail);
            to.WriteTag(3, WireFormat.WireType.LengthDelimited);
            to.WriteMessage(new Any { TypeUrl = RetryInfo, Value = ByteString.CopyFrom(info.ToArray()) });
        }

        return status.ToArray();
    }
}
