using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SupSup.Silo.Http;

/// <summary>Turns exceptions into gRPC statuses, as <see cref="Problems"/> turns them into answers of REST.</summary>
/// <param name="streams">Those that are open.</param>
/// <param name="logger">Hears of exceptions that nobody meant.</param>
internal sealed partial class GrpcErrors(OpenStreams streams, ILogger<GrpcErrors> logger) : Interceptor
{
    /// <inheritdoc/>
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            MappedAsync(context, null, () => continuation(request, context));

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await using OpenStreams.One? stream = await MappedAsync(
            context, null, () => Task.FromResult(streams.Open(context.GetHttpContext(), takes: true)));
        await MappedAsync(context, stream, async () =>
        {
            await continuation(new Messages<TRequest>(requestStream, stream, context.GetHttpContext()), responseStream, context);
            return true;
        });
    }

    private async Task<T> MappedAsync<T>(ServerCallContext context, OpenStreams.One? stream, Func<Task<T>> call)
    {
        GrpcMessages.HasBeenRead(context.GetHttpContext());
        try
        {
            return await call();
        }
        catch (RpcException)
        {
            throw;
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the caller is gone"));
        }
#pragma warning disable CA1031 // Whatever happens is answered, and logged where it was not meant.
        catch (Exception e)
#pragma warning restore CA1031
        {
            (int status, string detail, bool isPassing) = Problems.Of(e is OperationCanceledException ? stream?.Reason ?? e : e);
            StatusCode code = Problems.GrpcStatus(status, isPassing);
            if (code == StatusCode.Internal) LogFailure(context.Method, Problems.TraceId(context.GetHttpContext()), e);
            throw GrpcRetry.Failure(code, detail, isPassing);
        }
    }

    // Whatever goes wrong while a message is read lies in what the caller sent.
    // What the message before held is given back before the next is waited for, which may take minutes.
    private sealed class Messages<T>(IAsyncStreamReader<T> source, OpenStreams.One stream, HttpContext context) : IAsyncStreamReader<T>
    {
        public T Current => source.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            GrpcBody.Take(context).Dispose();
            try
            {
                using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stream.Token, cancellationToken);
                bool isThere = await source.MoveNext(either.Token);
                stream.Heard();
                return isThere;
            }
            catch (Exception e) when (e is not (RpcException or OperationCanceledException or OutOfMemoryException))
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"invalid message: {e.Message}"));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed (trace {TraceId})")]
    private partial void LogFailure(string method, string traceId, Exception exception);
}
