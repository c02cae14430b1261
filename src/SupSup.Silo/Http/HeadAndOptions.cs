using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace SupSup.Silo.Http;

/// <summary>
/// HEAD is answered as GET, but for the body, which the server leaves out; OPTIONS by the methods that there are at a path. Paths know the
/// methods that they have themselves only.
/// </summary>
internal static class HeadAndOptions
{
    private static readonly object Head = new();

    /// <summary>Whether the caller asked for the head alone, so that a body that is long, or without end, need not be made.</summary>
    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(Head);

    /// <summary>Answers OPTIONS.</summary>
    /// <param name="context">The request.</param>
    /// <param name="known">The methods that there are.</param>
    public static Task AnswerAsync(HttpContext context, params string[] known)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Allow = Allowed(known);
        return Task.CompletedTask;
    }

    /// <summary>Called for every request, ahead of routing.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        string method = context.Request.Method;
        IServiceProvider services = context.RequestServices; // the server's own, whichever the request is given later
        bool isOptions = HttpMethods.IsOptions(method);
        if (isOptions && !context.Request.Path.HasValue) // of the whole server: OPTIONS *
        {
            await AnswerAsync(context, HttpMethods.Get, HttpMethods.Put, HttpMethods.Post, HttpMethods.Delete);
            return;
        }

        if (HttpMethods.IsHead(method))
        {
            context.Items[Head] = Head;
            context.Request.Method = HttpMethods.Get;
        }

        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = method;
        }

        // Paths of gRPC have two segments as some others have, and take away what routing would say of those.
        HttpResponse response = context.Response;
        if (response.HasStarted) return;
        if (response.StatusCode is not (StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed)) return;
        string[] known = [.. Known(services, context.Request.Path)];
        if (known.Length == 0 || known.Contains(HttpMethods.IsHead(method) ? HttpMethods.Get : method)) return;
        response.Headers.Allow = Allowed(known);
        response.StatusCode = isOptions ? StatusCodes.Status204NoContent : StatusCodes.Status405MethodNotAllowed;
    }

    private static IEnumerable<string> Known(IServiceProvider services, PathString path) =>
        services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<GrpcMethodMetadata>() is null && new TemplateMatcher(
                new RouteTemplate(route.RoutePattern), []).TryMatch(path, []))
            .SelectMany(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Distinct();

    private static StringValues Allowed(string[] known) => string.Join(
        ", ", known.Concat(known.Contains(HttpMethods.Get) ? [HttpMethods.Head] : []).Append(HttpMethods.Options).Distinct());
}
