using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SupSup.Silo.Http;

/// <summary>
/// What gRPC does not leave to interceptors: how large a request may be, and what is answered where the one message of a request
/// cannot be read.
/// </summary>
internal static class GrpcMessages
{
    private static readonly object Read = new();

    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    private const string ContentType = "application/grpc";

    /// <summary>Notes that a request's message was read, or is one of many: what happens from now on interceptors see.</summary>
    public static void HasBeenRead(HttpContext context) => context.Items[Read] = Read;

    /// <summary>Whether a request is one of gRPC.</summary>
    public static bool Is(HttpRequest request) => request.ContentType?.StartsWith(ContentType, StringComparison.Ordinal) == true;

    /// <summary>Answers with a status, without a message; the response must not have begun.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="detail">One line.</param>
    /// <param name="isPassing">Whether asking again may help.</param>
    public static void Answer(HttpContext context, StatusCode status, string detail, bool isPassing)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = ContentType;
        context.Response.Headers[StatusHeader] = $"{(int)status}";
        context.Response.Headers[MessageHeader] = Uri.EscapeDataString(detail);
        if (!isPassing) return;
        context.Response.Headers[GrpcRetry.PushbackHeader] = GrpcRetry.Pushback;
        context.Response.Headers[GrpcRetry.DetailsHeader] = Convert.ToBase64String(GrpcRetry.Details(status, detail)).TrimEnd('=');
    }

    /// <summary>Called for every request, once its endpoint is known.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is null)
        {
            await next(context);
            return;
        }

        // Each message has a limit, which is told as gRPC tells it; the one for the body would come first, and be told as a failure.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        await next(context);

        if (context.Items.ContainsKey(Read)) return;
        IHeaderDictionary? trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        IHeaderDictionary said = context.Response.HasStarted && trailers is { IsReadOnly: false } ? trailers : context.Response.Headers;
        if (said[StatusHeader] != $"{(int)StatusCode.Unknown}" || said.IsReadOnly) return;
        said[StatusHeader] = $"{(int)StatusCode.InvalidArgument}";
        said[MessageHeader] = "the request's message is invalid";
    }
}
